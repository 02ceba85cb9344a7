import { randomBytes } from 'node:crypto'
import type { Clock } from '../../ports'
import type { ServerLink } from '../../ssh/link'
import type { ResumeFrom, SourcePiece } from '../source'
import { FileFollower } from './file-follower'
import { FilesRun } from './files-run'
import { filesScript } from './files-script'
import { Frames } from './frames'
import { lastWordsOf } from './last-words'
import { Tap } from './tap'
import { problem } from './text'

/** Follows the files of one server. `now` is its clock. */
export function followFiles(link: (signal: AbortSignal) => Promise<ServerLink>, clock: Clock, now: () => number) {
  const tap: Tap<FileFollower> = new Tap<FileFollower>(link, clock, async (open, members, signal) => {
    const nonce = randomBytes(16).toString('hex')
    const length = Buffer.byteLength(filesScript)
    const command = ['/bin/sh', '-c', `eval "$(dd bs=1 count=${length} 2>/dev/null)"`]
    const program = await open.start(command, { root: true }, signal)
    const why = lastWordsOf(program)
    const run = new FilesRun({
      followers: [...members],
      server: open.name,
      now,
      drop: (follower, error) => tap.drop(follower, error),
      signal,
    })
    program.stdin.write(filesScript + run.questions(nonce))
    const frames = new Frames(nonce)
    try {
      for await (const chunk of program.stdout as AsyncIterable<Buffer>)
        for (const part of frames.take(chunk)) if ((await run.take(part)) || signal.aborted) return
      const { code } = await program.ended
      throw problem('log-reader-ended', { server: open.name, what: 'its files', why: code === 0 ? 'it was ended' : why() })
    } finally {
      program.kill()
    }
  })
  return (pattern: string, from: ResumeFrom, signal: AbortSignal): AsyncGenerator<SourcePiece> =>
    tap.follow(new FileFollower(pattern, from.cursor), signal)
}
