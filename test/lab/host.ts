import type { ServerPlace } from '../support/docker'
import { testImage, type ImageOptions } from '../support/image'
import { docker } from './engine'

/** A host of the lab as plain data: enough to sign in, and to act on the machine it is. */
export interface LabPlace extends ServerPlace {
  /** Its container on this machine, and the network that it is on. */
  container: string
  network: string
}

/**
 * How a host is lost to the others. `drop`: nothing is answered any more. `reject`: every connection is reset. `unplug`: its
 * network card is gone, and so is the route to it.
 */
export type Cut = 'drop' | 'reject' | 'unplug'

/** A host of the lab and what can be done to it. */
export interface LabHost extends LabPlace {
  /** Runs a script there as root, without the network; answers what it wrote, throws with what it said where it failed. */
  sh(script: string, input?: Buffer): Promise<string>
  cut(how: Cut): Promise<void>
  heal(): Promise<void>
  /** Freezes every process on it; its connections stay open and say nothing. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Lets only this address sign in, or everybody again. */
  admitOnly(address: string | null): Promise<void>
  /** Brings an image onto it without a registry, under this name. */
  load(name: string, options: ImageOptions): Promise<void>
}

const rulesOf: Record<Cut, readonly string[]> = {
  drop: ['INPUT -i eth0 -j DROP', 'FORWARD -i eth0 -j DROP', 'OUTPUT -o eth0 -j DROP'],
  reject: ['INPUT', 'FORWARD'].map((chain) => `${chain} -i eth0 -p tcp -j REJECT --reject-with tcp-reset`),
  unplug: [],
}
const admitted = 'LAB-ADMITTED'

export function labHost(place: LabPlace): LabHost {
  const { container, network, host } = place
  const sh = (script: string, input?: Buffer) =>
    docker(['exec', ...(input ? ['-i'] : []), container, '/bin/sh', '-c', script], input ? { input } : {})
  const plugged = async () =>
    (await docker(['inspect', '--format', '{{json .NetworkSettings.Networks}}', container])).includes(`"${network}"`)
  return {
    ...place,
    sh,
    async cut(how) {
      if (how === 'unplug') await docker(['network', 'disconnect', '-f', network, container])
      else await sh(rulesOf[how].map((rule) => `iptables -w -I ${rule}`).join(' && '))
    },
    async heal() {
      if (!(await plugged())) await docker(['network', 'connect', '--ip', host, '--alias', place.name, network, container])
      const rules = Object.values(rulesOf).flat()
      await sh(rules.map((rule) => `while iptables -w -D ${rule} 2>/dev/null; do :; done`).join('; '))
    },
    async pause() {
      await docker(['pause', container])
    },
    async resume() {
      await docker(['unpause', container])
    },
    async admitOnly(address) {
      const forget = `iptables -w -D INPUT -p tcp --dport 22 -j ${admitted} 2>/dev/null; iptables -w -F ${admitted} 2>/dev/null; iptables -w -X ${admitted} 2>/dev/null`
      const admit = `iptables -w -N ${admitted} && iptables -w -A ${admitted} ! -s ${address} -j DROP && iptables -w -I INPUT -p tcp --dport 22 -j ${admitted}`
      await sh(address === null ? `${forget}; true` : `${forget}; ${admit}`)
    },
    async load(name, options) {
      const { digest, archive } = await testImage(options)
      await sh('docker load', archive)
      await sh(`docker tag ${digest} ${name}`)
    },
  }
}
