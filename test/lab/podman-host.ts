import type { Host } from './shop'

const shim = '/opt/podman-as-docker'

/** Makes Podman the Engine of a host: Docker is stopped and gone, and what is typed there as `docker` from outside is Podman's. */
export function withPodman({ place, acts }: Host): Host {
  acts.sh(
    [
      'systemctl stop docker.socket docker; rm -f /run/docker.sock; mv /usr/bin/docker /usr/bin/docker-away',
      // Podman's network turns on forwarding itself, which a host that is a container may not.
      'mount -o remount,rw /proc/sys 2>/dev/null || { mount --bind /proc/sys /proc/sys && mount -o remount,rw,bind /proc/sys; }',
      `mkdir -p ${shim}; printf '#!/bin/sh\\nexec podman "$@" 2>/dev/null\\n' > ${shim}/docker; chmod +x ${shim}/docker`,
    ].join('; '),
  )
  return { place, acts: { ...acts, sh: (script, input) => acts.sh(`export PATH=${shim}:$PATH; ${script}`, input) } }
}

/** Gives Docker back. */
export function withoutPodman({ acts }: Host): void {
  acts.sh(
    `podman rm -af >/dev/null 2>&1; podman rmi -af >/dev/null 2>&1; rm -rf ${shim}; mv /usr/bin/docker-away /usr/bin/docker; systemctl reset-failed docker.socket docker; systemctl start docker.socket docker`,
  )
}
