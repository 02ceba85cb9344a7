import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Check } from '../../src/shared/domain/check'
import type { ReleaseId } from '../../src/shared/domain/ids'
import type { Acts } from './acts'
import { labPlaces } from './places'
import { hostsOf, leave, openShop, type Host, type Shop } from './shop'

let hosts: Host[]
let shop: Shop
let next: ReleaseId

beforeAll(async () => {
  hosts = hostsOf(labPlaces().hosts.slice(0, 2))
  shop = await openShop(hosts)
  await shop.policy({ rule: 'revert' })
  next = await shop.release({ version: 'v2' })
}, 120_000)
afterAll(async () => {
  await shop?.close()
  await leave(hosts)
})

/** Puts on a small disk, with this written on it before anything looks. */
const disk = (folder: string, options: string) => ({
  spoil: ({ sh }: Acts) => void sh(`mkdir -p ${folder}; mount -t tmpfs -o ${options} tmpfs ${folder}`),
  mend: ({ sh }: Acts) => void sh(`umount ${folder}`),
})

interface Fault {
  what: string
  spoil(acts: Acts): void
  mend(acts: Acts): void
  /** Whether the connection is told to be a plain user's, without sudo. */
  plain?: boolean
  outcome: Check['outcome']
  /** What the row says, and how it is mended. */
  message: RegExp
  detail: RegExp
}

/** The Engine with one word of what it says of itself changed for another of the same length; all else is the true one's. */
const saying = (word: string) => ({
  spoil: ({ sh }: Acts) =>
    void sh(`cat > /srv/says.sh <<'END'
#!/bin/sh
socat - UNIX-CONNECT:/run/docker-true.sock | LC_ALL=C sed -u -E '${word}'
END
chmod +x /srv/says.sh; mv /run/docker.sock /run/docker-true.sock
socat UNIX-LISTEN:/run/docker.sock,fork,mode=660,group=docker EXEC:/srv/says.sh >/dev/null 2>&1 & echo $! > /run/says.pid; sleep 0.3`),
  mend: ({ sh }: Acts) =>
    void sh(
      'p=$(cat /run/says.pid); kill $p; while kill -0 $p 2>/dev/null; do sleep 0.05; done; rm -f /run/docker.sock; mv /run/docker-true.sock /run/docker.sock',
    ),
})

const noDocker = 'systemctl stop docker.socket docker; rm -f /run/docker.sock; mv /usr/bin/docker /usr/bin/docker-away'
const noPodman = 'systemctl stop podman.socket podman 2>/dev/null; rm -f /run/podman/podman.sock'
// systemd starts nothing more that was started often in a short time, unless it is told to.
const started = 'systemctl reset-failed docker.socket docker; systemctl start podman.socket docker.socket docker'
const mended = `mv /usr/bin/docker-away /usr/bin/docker; ${started}`

const faults: Fault[] = [
  {
    what: 'has no Docker',
    spoil: ({ sh }) => void sh(`${noDocker}; ${noPodman}; mv /usr/bin/podman /usr/bin/podman-away`),
    mend: ({ sh }) => void sh(`mv /usr/bin/podman-away /usr/bin/podman; ${mended}`),
    outcome: 'block',
    message: /^There is no Docker on web-2/,
    detail: /Install Docker or Podman there/,
  },
  {
    what: 'has a Podman whose socket is off',
    spoil: ({ sh }) => void sh(`${noDocker}; ${noPodman}`),
    mend: ({ sh }) => void sh(mended),
    outcome: 'block',
    message: /^There is Podman on web-2, and it answers nobody/,
    detail: /systemctl enable --now podman.socket/,
  },
  {
    what: 'has a Docker that does not run',
    spoil: ({ sh }) => void sh('systemctl stop docker.socket docker'),
    mend: ({ sh }) => void sh(started),
    outcome: 'block',
    message: /^Docker on web-2 does not answer/,
    detail: /systemctl status docker/,
  },
  {
    what: 'gives no right to its socket',
    spoil: ({ sh }) => void sh('chmod 600 /run/docker.sock'),
    mend: ({ sh }) => void sh('chmod 660 /run/docker.sock'),
    plain: true,
    outcome: 'block',
    message: /^deploy may not use Docker on web-2/,
    detail: /group docker there, or let the connection use sudo/,
  },
  {
    what: 'has an old Docker',
    ...saying('s/"ServerVersion":"[0-9]{2}/"ServerVersion":"18/'),
    outcome: 'block',
    message: /^web-2 has Docker 18\.\S+, which is too old/,
    detail: /Install 19\.3 or newer/,
  },
  {
    what: 'has a wrong clock',
    ...saying('s/"SystemTime":"20[0-9]{2}/"SystemTime":"2031/'),
    outcome: 'warn',
    message: /^web-2 is \d+ days ahead/,
    detail: /timedatectl set-ntp true/,
  },
  {
    what: 'is of another architecture',
    ...saying('s/"Architecture":"x86_64"/"Architecture":"armv7l"/; s/"Architecture":"aarch64"/"Architecture":"riscv64"/'),
    outcome: 'block',
    message: /^web-2 is (?:armv7l|riscv64), but \w{7} is for a\w+64/,
    detail: /Build the image for that architecture too/,
  },
  {
    what: 'has a full disk of images',
    ...disk('/var/lib/docker', 'size=100m'),
    outcome: 'block',
    message: /^web-2 has only 0\.1 GB free for images/,
    detail: /docker image prune/,
  },
  {
    what: 'has a read-only disk',
    ...disk('/tmp', 'ro'),
    outcome: 'block',
    message: /^web-2 cannot be written at \/tmp/,
    detail: /read-only.*mount -o remount,rw \/tmp/,
  },
  {
    what: 'cannot keep a lock',
    ...disk('/var/lib/slipway', 'ro'),
    outcome: 'block',
    message: /^web-2 cannot be written at \/var\/lib\/slipway/,
    detail: /read-only/,
  },
  {
    what: 'has a full disk',
    spoil: ({ sh }) => void sh('mount -t tmpfs -o size=4k tmpfs /tmp; chmod 1777 /tmp; head -c 4096 /dev/zero > /tmp/full'),
    mend: ({ sh }) => void sh('umount /tmp'),
    outcome: 'block',
    message: /^web-2 cannot be written at \/tmp/,
    detail: /disk is full.*docker image prune/,
  },
  {
    what: 'has a broken configuration of its proxy',
    spoil: (acts) => acts.breakNginx(true),
    mend: (acts) => acts.breakNginx(false),
    outcome: 'block',
    message: /^web-2 has a configuration of nginx that is refused/,
    detail: /unknown directive "nonsense".*zz-broken\.conf/,
  },
]

/** The connection to the second server, opened anew at its next use. */
async function anew(root: 'sudo' | 'user') {
  const id = shop.connections[1]!
  await shop.client.connections.update({ ...(await shop.client.connections.form({ id })), id, root })
}

const rows = async () => (await shop.plan(next)).checks.filter((check) => check.outcome !== 'pass' && check.source === 'docker')

describe('before anything is begun', () => {
  let mend = () => {}
  afterEach(async () => {
    mend()
    mend = () => {}
    await anew('sudo')
  })

  test.each(faults)('a server that $what is a row that says so, and how to mend it', async ({ spoil, plain, ...fault }) => {
    const { acts } = hosts[1]!
    mend = () => fault.mend(acts)
    spoil(acts)
    await anew(plain ? 'user' : 'sudo')
    const found = await rows()
    const row = found.find((one) => fault.message.test(one.message) && fault.detail.test(one.detail))
    expect(row?.outcome).toBe(fault.outcome)
    // Said once, however many questions it is in the way of.
    expect(found.filter((one) => one.message === row?.message)).toHaveLength(1)
    expect(found.filter((one) => one.id.endsWith('web-1'))).toEqual([])
  })
})
