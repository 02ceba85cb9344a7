import { execFileSync } from 'node:child_process'
import type { ServerPlace } from '../support/docker'

/** A host with the container of this machine that it is, and the network that it is on. */
export type ActedPlace = ServerPlace & { container: string; network: string }

/** How a host is lost: nothing is answered any more, or every connection is reset. */
export type Loss = 'drop' | 'reset'

const rules: Record<Loss, string> = {
  drop: 'INPUT -i eth0 -j DROP',
  reset: 'INPUT -i eth0 -p tcp -j REJECT --reject-with tcp-reset',
}

/** The container behind a place; without one a host can only be spoken to. */
export function actedOn(place: ServerPlace): ActedPlace {
  if (!('container' in place) || typeof place.container !== 'string') throw new Error(`${place.name} is not one of the lab's own`)
  return place as ActedPlace
}

/**
 * Acts on a host from outside, at once: whoever calls it goes on only after it is done, so that a fault comes at one certain
 * point of a run.
 */
export function actsOn(place: ServerPlace) {
  const { container } = actedOn(place)
  const docker = (args: string[], input?: Buffer) =>
    execFileSync('docker', args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
      ...(input ? { input } : {}),
    }).toString()
  const sh = (script: string, input?: Buffer) =>
    docker(['exec', ...(input ? ['-i'] : []), container, '/bin/sh', '-c', script], input)
  return {
    sh,
    lose: (how: Loss) => void sh(`iptables -w -I ${rules[how]}`),
    heal: () =>
      void sh(
        Object.values(rules)
          .map((rule) => `while iptables -w -D ${rule} 2>/dev/null; do :; done`)
          .join('; '),
      ),
    freeze: () => void docker(['pause', container]),
    thaw: () => void docker(['unpause', container]),
    /** Docker there has no room to take an image in; `false` gives it back. */
    fill: (full: boolean) =>
      void sh(
        full
          ? 'mkdir -p /var/lib/docker/tmp && mount -t tmpfs -o size=64k tmpfs /var/lib/docker/tmp'
          : 'while umount /var/lib/docker/tmp 2>/dev/null; do :; done',
      ),
    /** What an image that is `as-told` does there: a word of its own, or nothing. */
    tell: (how: string) => void sh(`mkdir -p /srv/told && printf '%s' '${how}' > /srv/told/how`),
    /** A configuration that nginx refuses; `false` takes it away. */
    breakNginx: (broken: boolean) =>
      void sh(broken ? "echo 'nonsense here;' > /etc/nginx/conf.d/zz-broken.conf" : 'rm -f /etc/nginx/conf.d/zz-broken.conf'),
  }
}
export type Acts = ReturnType<typeof actsOn>
