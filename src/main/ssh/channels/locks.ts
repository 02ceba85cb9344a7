import type { Ran, RemoteCommand, RemoteLock, RemoteLocks, RunOptions } from '../link'
import type { About } from './about'
import { stateFolder } from './state-folder'
import { problem } from './text'

type Run = (command: RemoteCommand, options: RunOptions, signal: AbortSignal) => Promise<Ran>

/** Silent for so long by the server's own clock, a holder counts as dead. Seconds. */
const staleAfter = 75

const passedCode = 73

/**
 * A lock is one file of four lines: owner, fence, since, words. It appears by a rename and goes by one, so it is whole or not there.
 * Beside it: `.beat`, when its owner was last heard of (date, boot, seconds since that boot); `.fence`, the last number given.
 * One works at a time (flock: util-linux and busybox have it; without it there is no lock, rather than one that is none).
 * A file that a power cut left empty is no lock. How long a beat is ago is told by the time since the boot: a clock that is set
 * makes no lock older or younger.
 */
const prelude = `${stateFolder} umask 077; command -v flock >/dev/null 2>&1 || exit 72; mkdir -p "$b/locks" || exit 70; l=$b/locks/$1; exec 9> "$l.turn" || exit 70; flock -w 15 9 2>/dev/null || exit 71; now=$(date +%s); up=$(cut -d. -f1 /proc/uptime); boot=$(cat /proc/sys/kernel/random/boot_id); line() { sed -n "$1p" "$l" 2>/dev/null; }; beat() { echo "$now $boot $up" > "$l.beat.new" && mv "$l.beat.new" "$l.beat" || exit 70; }; age() { a=$up; if read d o s < "$l.beat" && [ "$o" = "$boot" ]; then a=$((up - s)); fi; echo "$a"; } 2>/dev/null; tell() { echo "$1"; echo "$now"; echo $((now - $(age))); cat "$l" 2>/dev/null || true; };`

/** A fence is greater than every one before, even where the file that counts them was lost: it is no less than the clock. */
const scripts = {
  acquire: `${prelude} if [ -s "$l" ]; then if [ "$(line 1)" = "$2" ]; then beat; tell taken; else tell held; fi; exit 0; fi; f=$(cat "$l.fence" 2>/dev/null); f=$((\${f:-0} + 1)); if [ "$now" -gt "$f" ]; then f=$now; fi; printf '%s\\n' "$2" "$f" "$now" "$3" > "$l.new" && echo "$f" > "$l.fence.new" && mv "$l.fence.new" "$l.fence" || exit 70; beat; mv "$l.new" "$l" || exit 70; tell taken`,
  beat: `${prelude} if [ "$(line 1)" = "$2" ]; then beat; tell taken; else tell other; fi`,
  check: `${prelude} if [ "$(line 1)" = "$2" ] && [ "$(line 2)" = "$3" ]; then tell taken; else tell other; fi`,
  // What the command makes has the modes that it would have alone; it holds the turn as long as it runs.
  guarded: `m=$(umask); ${prelude} [ "$(line 1)" = "$2" ] && [ "$(line 2)" = "$3" ] || exit ${passedCode}; umask "$m"; shift 3; exec "$@"`,
  release: `${prelude} if [ "$(line 1)" = "$2" ]; then mv "$l" "$l.gone" && rm -f "$l.gone" "$l.beat" || exit 70; tell released; else tell other; fi`,
  read: `${prelude} if [ -s "$l" ]; then tell held; else tell free; fi`,
  reclaim: `${prelude} if [ "$(line 1)" = "$2" ] && [ "$(line 2)" = "$3" ] && [ "$(age)" -ge ${staleAfter} ]; then mv "$l" "$l.reclaimed" || exit 70; tell reclaimed; else tell other; fi`,
}

const keyShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

interface Told {
  word: string
  held: RemoteLock | null
  words: string
}

function toldBy(stdout: Buffer): Told {
  const [word = '', now = '0', beat = '0', owner, fence = '0', since = '0', words = ''] = stdout.toString('utf8').split('\n')
  const held = owner
    ? { owner, fence: Number(fence), since: Number(since) * 1000, beatAt: Number(beat) * 1000, now: Number(now) * 1000 }
    : null
  return { word, held, words }
}

/** Locks on the server itself, by its own clock. */
export function locksOn(run: Run, about: About): RemoteLocks {
  const { name: server } = about

  function commandOf(what: keyof typeof scripts, key: string, args: readonly string[]): RemoteCommand {
    if (!keyShape.test(key)) throw problem('argument-refused', { why: 'a lock’s name that is none' })
    return ['/bin/sh', '-c', scripts[what], 'slipway', key, ...args]
  }
  async function ask(what: keyof typeof scripts, key: string, args: readonly string[], signal: AbortSignal): Promise<Told> {
    const { code, stdout, stderr } = await run(commandOf(what, key, args), { root: true }, signal)
    if (code === 71) throw problem('lock-unusable', { server, why: 'somebody else is at it for more than 15 s' })
    if (code === 72) throw problem('lock-unusable', { server, why: 'it has no flock (package util-linux)' })
    if (code !== 0) throw problem('lock-unusable', { server, why: stderr.trim().slice(0, 200) || `code ${code}` })
    return toldBy(stdout)
  }
  const oneLine = (text: string) => text.replaceAll(/[\n\r\0]/g, ' ').slice(0, 200)

  return {
    async acquire(key, owner, words, signal) {
      const told = await ask('acquire', key, [oneLine(owner), oneLine(words)], signal)
      if (!told.held) throw problem('lock-unusable', { server, why: 'it says nothing of itself' })
      return told.word === 'taken' ? { fence: told.held.fence } : { held: told.held, words: told.words }
    },
    beat: async (key, owner, signal) => (await ask('beat', key, [oneLine(owner)], signal)).word === 'taken',
    async check(key, owner, fence, signal) {
      const { word } = await ask('check', key, [oneLine(owner), String(fence)], signal)
      if (word !== 'taken') throw problem('fence-passed', { server })
    },
    passedCode,
    guarded: (key, owner, fence, command) => commandOf('guarded', key, [oneLine(owner), String(fence), ...command]),
    release: async (key, owner, signal) => (await ask('release', key, [oneLine(owner)], signal)).word === 'released',
    async read(key, signal) {
      const { held, words } = await ask('read', key, [], signal)
      return held ? { held, words } : null
    },
    reclaim: async (key, stale, signal) =>
      (await ask('reclaim', key, [oneLine(stale.owner), String(stale.fence)], signal)).word === 'reclaimed',
  }
}
