import type { Clock } from '../../ports'
import type { DetachedCommands, DetachedKey, DetachedState, Ran, RemoteCommand, RunOptions } from '../link'
import type { About } from './about'
import { stateFolder } from './state-folder'
import { problem } from './text'

type Run = (command: RemoteCommand, options: RunOptions, signal: AbortSignal) => Promise<Ran>

const chunk = 64 * 1024
/** Seconds from the mark that a step was begun to its pid: without one by then it never came to be. */
const beginsWithin = 12

/** When a process began, in the kernel's ticks: a number that a later one with the same pid does not share. */
const birth = `birth() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; };`

/** What goes on alone: its input is opened and at once unlinked, its code is there whole or not at all. */
const inner = `${birth} s=$1; u=$2; shift 2; echo "$$ $(birth $$)" > "$s.pid.new" && mv "$s.pid.new" "$s.pid"; exec 0< "$s.in"; rm -f "$s.in"; : > "$s.out"; (umask "$u"; exec "$@") >> "$s.out" 2>&1; c=$?; echo $c > "$s.rc.new" && mv "$s.rc.new" "$s.rc"`

/**
 * A link is atomic: of two that begin the same step one does. What it links says when, by the server's clock. The input must have come
 * whole before: a cut link ends it early, and no command may take a part for all of it. The command keeps no channel open.
 */
const begin = `${stateFolder} u=$(umask); umask 077; d=$b/ops/$1; s=$d/$2; n=$3; i=$4; shift 4; mkdir -p "$d" || exit 70; [ -f "$s.begun" ] && exit 0; t=$s.$$; trap 'rm -f "$t.in" "$t.at"' EXIT; cat > "$t.in" && [ "$(wc -c < "$t.in")" -eq "$n" ] || exit 70; date +%s > "$t.at" || exit 70; ln "$t.at" "$s.begun" 2>/dev/null || { [ -f "$s.begun" ] && exit 0; exit 70; }; mv "$t.in" "$s.in" || exit 70; if command -v setsid >/dev/null 2>&1; then set -- setsid /bin/sh -c "$i" slipway "$s" "$u" "$@"; else set -- nohup /bin/sh -c "$i" slipway "$s" "$u" "$@"; fi; "$@" </dev/null >/dev/null 2>&1 &`

/** State in the first line, then output. The state is read before the output: what says that it ended has said all. */
const read = `${birth} ${stateFolder} s=$b/ops/$1/$2; if [ ! -f "$s.begun" ]; then echo none; exit 0; fi; if [ -f "$s.rc" ]; then echo "ended $(cat "$s.rc")"; elif [ -f "$s.pid" ]; then read p t < "$s.pid"; if [ "$(birth "$p")" = "$t" ]; then echo running; elif [ -f "$s.rc" ]; then echo "ended $(cat "$s.rc")"; else echo lost; fi; elif [ $(($(date +%s) - $(cat "$s.begun"))) -gt ${beginsWithin} ]; then echo lost; else echo running; fi; if [ -f "$s.out" ]; then tail -c "+$3" "$s.out" | head -c ${chunk}; fi; true`

const forget = `${stateFolder} rm -rf "$b/ops/$1"`

const name = /^[A-Za-z0-9_][A-Za-z0-9._:-]{0,199}$/

function parts({ run, step }: DetachedKey): [string, string] {
  if (!name.test(run) || !name.test(step)) throw problem('argument-refused', { why: 'a step’s name that is none' })
  return [run, step]
}

function bytesOf(stdin: RunOptions['stdin'] = ''): Uint8Array {
  return stdin instanceof Uint8Array ? stdin : Buffer.from(typeof stdin === 'string' ? stdin : stdin.reveal())
}

/** Bytes without a sign that is cut at their end: it comes whole the next time. */
function whole(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number
    if (byte < 0x80) return bytes
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return length > back ? bytes.subarray(0, -back) : bytes
    }
  }
  return bytes
}

function stateFrom(stdout: Buffer, from: number): DetachedState {
  const end = stdout.indexOf(10)
  const [word = 'none', code] = stdout
    .subarray(0, end === -1 ? undefined : end)
    .toString('latin1')
    .split(' ')
  const rest = end === -1 ? Buffer.alloc(0) : stdout.subarray(end + 1)
  const full = rest.length >= chunk
  const bytes = full || word === 'running' ? whole(rest) : rest
  const output = { output: bytes.toString('utf8'), next: from + bytes.length }
  if (word === 'none') return { state: 'none' }
  // There is more to read: the end comes with the last of it.
  if (full || word === 'running') return { state: 'running', ...output }
  // A code that is none (a full disk) says nothing of how it ended.
  return word === 'ended' && /^\d+$/.test(code ?? '')
    ? { state: 'ended', code: Number(code), ...output }
    : { state: 'lost', ...output }
}

/** Commands that outlive the link. They run as root where the connection can become root and it was asked for. */
export function detachedOn(run: Run, about: About, clock: Clock): DetachedCommands {
  /** Who began it is not written down: with sudo there are two places where it may lie. */
  const places = about.root.by === 'sudo' ? [false, true] : [false]

  async function readAt(key: DetachedKey, from: number, root: boolean, signal: AbortSignal): Promise<DetachedState> {
    const { code, stdout, stderr } = await run(
      ['/bin/sh', '-c', read, 'slipway', ...parts(key), String(from + 1)],
      { root },
      signal,
    )
    if (code !== 0)
      throw problem('detached-not-begun', { server: about.name, why: stderr.trim().slice(0, 200) || `code ${code}` })
    return stateFrom(stdout, from)
  }

  const detached: DetachedCommands = {
    async begin(key, command, { stdin, root = false }, signal) {
      const input = bytesOf(stdin)
      const text = ['/bin/sh', '-c', begin, 'slipway', ...parts(key), String(input.length), inner, ...command]
      const { code, stderr } = await run(text, { stdin: input, root }, signal)
      if (code !== 0)
        throw problem('detached-not-begun', { server: about.name, why: stderr.trim().slice(0, 200) || `code ${code}` })
    },
    async read(key, from, signal) {
      for (const root of places) {
        const state = await readAt(key, from, root, signal)
        if (state.state !== 'none') return state
      }
      return { state: 'none' }
    },
    async *follow(key, command, options, signal) {
      await detached.begin(key, command, options, signal)
      const root = options.root === true && about.root.by === 'sudo'
      let all = ''
      for (let from = 0, wait = 50; ; wait = Math.min(wait * 1.5, 1000)) {
        const state = await readAt(key, from, root, signal)
        if (state.state === 'none' || state.state === 'lost') throw problem('detached-interrupted', { server: about.name })
        if (state.output) {
          from = state.next
          wait = 50
          all = (all + state.output).slice(-256 * 1024)
          yield state.output
        }
        if (state.state === 'ended') return { code: state.code, output: all }
        if (!state.output) await clock.sleep(wait, signal)
      }
    },
    async forget(of, signal) {
      for (const root of places)
        await run(['/bin/sh', '-c', forget, 'slipway', parts({ run: of, step: 'x' })[0]], { root }, signal)
    },
  }
  return detached
}
