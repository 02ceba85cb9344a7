import { execFile } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { writeImage } from '../../support/image'
import { startLab, type Lab } from '../../lab'
import { engine, stopEngine } from '../../lab/engine'
import { ownerOf } from '../../lab/owner'
import { rest } from '../../lab/fleet'
import { hostsOf, leave, openShop } from '../../lab/shop'
import { median } from '../measure'
import { against, atMost, row, type Aim, type Row } from '../report'
import { timed } from './site'

const exec = promisify(execFile)
const rounds = 3
/** A layer that no server has and that cannot be packed: each image comes whole. */
const ballast = () => randomFillSync(Buffer.alloc(60_000_000))
const aim: Aim = { words: '≤ 1.15 ×', holds: (_, there) => there !== null && there <= 1.15 }

/** What no promote can do without: the image onto each host, a container of it, its first good answer. By `ssh` and `docker`. */
async function bare(lab: Lab, version: string, folder: string): Promise<number> {
  const file = join(folder, `${version}.tar`)
  const digest = await writeImage(file, { version, ballast: ballast() })
  const ssh = (host: string, command: string) => exec('ssh', ['-F', lab.sshConfigFile, host, command])
  const names = lab.hosts.map((host) => host.name)
  const ms = await timed(() =>
    Promise.all(
      names.map(async (name) => {
        const sending = exec('ssh', ['-F', lab.sshConfigFile, name, 'sudo docker load'], { maxBuffer: 1 << 20 })
        sending.child.stdin?.end(await readFile(file))
        await sending
        await ssh(name, `sudo docker run -d --name bare -p 127.0.0.1:18080:8080 ${digest}`)
        await ssh(name, 'until curl -sf http://127.0.0.1:18080/cgi-bin/health; do sleep 0.05; done')
      }),
    ),
  )
  await Promise.all(names.map((name) => ssh(name, 'sudo docker rm -f bare; sudo docker image prune -af')))
  return ms
}

/** A whole promote to three servers against what it cannot do without, and one of an image that is there already. */
export async function promoteToThree(): Promise<Row[]> {
  const owner = ownerOf()
  process.env['DOCKER_HOST'] = await engine(owner)
  const folder = mkdtempSync(join(tmpdir(), 'slw-bench-'))
  const lab = await startLab({ owner })
  try {
    const parts: number[] = []
    for (let n = 0; n < rounds; n++) parts.push(await bare(lab, `bare-${n}`, folder))
    const { first, again } = await whole(lab)
    return [
      against('promote to three servers, image of 60 MB', median(first), 'load + start + health', median(parts), 'ms', aim),
      row('promote to three servers, image there', median(again) / 1000, 's', atMost(3, 's + health')),
    ]
  } finally {
    await lab.stop()
    rmSync(folder, { recursive: true, force: true })
    await stopEngine(owner)
  }
}

/** The app does it: each release a first time, and once more when every server has its image. */
async function whole(lab: Lab): Promise<{ first: number[]; again: number[] }> {
  const hosts = hostsOf(lab.hosts)
  const shop = await openShop(hosts)
  try {
    await shop.policy({ rule: 'revert' }, { bakeSeconds: 0 })
    const releases = []
    for (let n = 0; n < rounds; n++) releases.push(await shop.release({ version: `v${n + 2}`, ballast: ballast() }))
    const took = { first: [] as number[], again: [] as number[] }
    for (const kind of ['first', 'again'] as const)
      for (const release of releases) {
        const { run } = await shop.begin(release)
        const over = await rest(shop.client, run.id)
        if (over.outcome !== 'succeeded') throw new Error(over.problem?.message ?? `${over.outcome}`)
        took[kind].push((over.endedAt ?? 0) - run.startedAt)
      }
    return took
  } finally {
    await shop.close()
    await leave(hosts)
  }
}
