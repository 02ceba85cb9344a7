import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { never } from '../../support/local'
import { median } from '../measure'
import { against, type Aim, type Row } from '../report'
import { run, timed, type Site } from './site'

const bytes = 400_000_000
const rounds = 3
const rate = (ms: readonly number[]) => bytes / 1000 / median(ms)
const aim: Aim = { words: '≥ 0.4 ×', holds: (_, there) => there !== null && there >= 0.4 }
const source = ['head', '-c', String(bytes), '/dev/zero'] as const

async function count(stream: AsyncIterable<Uint8Array>): Promise<void> {
  let came = 0
  for await (const part of stream) came += part.length
  if (came !== bytes) throw new Error(`${came} bytes came`)
}

/** One stream of bytes from a server into the process. */
export async function stream(site: Site): Promise<Row[]> {
  const [name] = site.hosts
  const link = await site.open(name!)
  await run('ssh', ['-F', site.sharing, name!, 'true'])
  const ours = () =>
    timed(async () => {
      const process = await link.start([...source], {}, never)
      await Promise.all([count(process.stdout), process.ended])
    })
  const theirs = () =>
    timed(async () => {
      const child = spawn('ssh', ['-F', site.sharing, name!, ...source], { stdio: ['ignore', 'pipe', 'inherit'] })
      await Promise.all([count(child.stdout), once(child, 'close')])
    })
  const [mine, peer]: [number[], number[]] = [[], []]
  for (let n = 0; n < rounds; n++) {
    mine.push(await ours())
    peer.push(await theirs())
  }
  await link.close()
  return [against('one stream into the process', rate(mine), 'ssh, connection open', rate(peer), 'MB/s', aim)]
}
