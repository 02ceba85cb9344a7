import { Duplex } from 'node:stream'
import type { RemoteCommand, RemoteProcess } from '../link'

/**
 * A program's standard streams as one. What it has written is read to its end, also where it ended meanwhile. (Node's own
 * `Duplex.from` gives up what was not read yet as soon as nothing can be written any more.)
 */
export function streamOf({ stdin, stdout, ended, kill }: RemoteProcess): Duplex {
  ended.catch(() => {})
  const stream = new Duplex({
    // Who says nothing more has ended: whoever still writes is told by the end.
    allowHalfOpen: false,
    read: () => void stdout.resume(),
    // One that has ended takes no more; what it wrote before is worth reading.
    write: (chunk: Buffer, _encoding, done) => void stdin.write(chunk, () => done()),
    final: (done) => void stdin.end(() => done()),
    destroy(error, done) {
      kill()
      done(error)
    },
  })
  stdout.on('data', (part: Buffer) => stream.push(part) || stdout.pause())
  stdout.once('end', () => stream.push(null))
  stdin.on('error', () => {})
  stream.on('error', () => {})
  return stream
}

/** Joins standard input and output to an address; an empty line before says that somebody is there. */
const joining = 'exec 3<>"/dev/tcp/$1/$2" || exit 1; echo; exec 4<&0; cat <&4 >&3 2>/dev/null & exec cat <&3 4<&-'

/** Leads to an address by bash on the server, where its sshd forwards nothing. Null where nobody is there, or no bash. */
export async function joinedTo(
  start: (command: RemoteCommand) => Promise<RemoteProcess>,
  host: string,
  port: number,
): Promise<Duplex | null> {
  const program = await start(['bash', '-c', joining, 'slipway', host, String(port)])
  const { stdout } = program
  const first = await new Promise<Buffer | null>((resolve) => {
    stdout.once('data', (part: Buffer) => {
      stdout.pause()
      resolve(part)
    })
    stdout.once('end', () => resolve(null))
    program.ended.catch(() => resolve(null))
  })
  if (!first) return null
  const rest = first.subarray(first.indexOf('\n') + 1)
  if (rest.length > 0) stdout.unshift(rest)
  return streamOf(program)
}
