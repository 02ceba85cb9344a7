import { randomFillSync } from 'node:crypto'
import { createReadStream, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerLink } from '../../../src/main/ssh/link'
import { never } from '../../support/local'
import { median } from '../measure'
import { against, type Aim, type Row } from '../report'
import { has, run, timed, type Site } from './site'

const megabytes = 200
const rounds = 3
const atLeastShare = (least: number): Aim => ({ words: `≥ ${least} ×`, holds: (_, there) => there !== null && there >= least })
const rate = (ms: readonly number[], copies = 1) => (megabytes * copies * 1000) / median(ms)

async function upload(link: ServerLink, from: string, to: string) {
  const source = createReadStream(from, { highWaterMark: 256 * 1024 })
  const { bytes } = await link.files.upload(to, source, {}, never)
  if (bytes !== statSync(from).size) throw new Error(`${bytes} bytes came`)
}

/** 200 MB to one server and to three, every client on connections that are open already. */
export async function copies(site: Site): Promise<Row[]> {
  const file = join(site.folder, 'payload')
  writeFileSync(file, randomFillSync(Buffer.alloc(megabytes * 1000 * 1000)))
  const withScp = await has('scp')
  const peers = { scp: withScp, synced: withScp, rsync: await has('rsync') }
  const three = site.hosts.slice(0, 3)
  const links = await Promise.all(three.map((name) => site.open(name)))
  for (const name of three) await run('ssh', ['-F', site.sharing, name, 'true'])
  const to = (name: string) => join(site.data, name)
  const clients = {
    ours: (n: number) => upload(links[n]!, file, to(`ours-${n}`)),
    scp: (n: number) => run('scp', ['-q', '-F', site.sharing, file, `${three[n]}:${to(`scp-${n}`)}`]),
    // Ours is on the disk when it says so; scp's is not.
    synced: async (n: number) => {
      await clients.scp(n)
      await run('ssh', ['-F', site.sharing, three[n]!, 'sync', to(`scp-${n}`)])
    },
    rsync: (n: number) =>
      run('rsync', ['-W', '--inplace', '-e', `ssh -F ${site.sharing}`, file, `${three[n]}:${to(`rsync-${n}-${Date.now()}`)}`]),
  }
  const rows: Row[] = []
  for (const count of [1, 3]) {
    const took: Record<keyof typeof clients, number[]> = { ours: [], scp: [], synced: [], rsync: [] }
    for (let round = 0; round < rounds; round++)
      for (const who of ['ours', 'scp', 'synced', 'rsync'] as const)
        if (who === 'ours' || peers[who])
          took[who].push(await timed(() => Promise.all(Array.from({ length: count }, (_, n) => clients[who](n)))))
    const name = `${megabytes} MB to ${count === 1 ? 'one server' : 'three servers'}`
    const ours = rate(took.ours, count)
    const aim = atLeastShare(count === 1 ? 0.7 : 0.9)
    if (peers.scp) rows.push(against(name, ours, 'scp', rate(took.scp, count), 'MB/s', aim))
    if (peers.synced) rows.push(against(name, ours, 'scp, then sync', rate(took.synced, count), 'MB/s'))
    if (peers.rsync) rows.push(against(name, ours, 'rsync -W', rate(took.rsync, count), 'MB/s'))
  }
  for (const link of links) await link.close()
  return rows
}
