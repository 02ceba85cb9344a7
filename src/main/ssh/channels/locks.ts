import type { Ran, RemoteCommand, RemoteLock, RemoteLocks, RunOptions } from '../link'
import type { About } from './about'
import { stateFolder } from './state-folder'
import { problem } from './text'

type Run = (command: RemoteCommand, options: RunOptions, signal: AbortSignal) => Promise<Ran>

/** Silent for so long by the server's own clock, a holder counts as dead. Seconds. */
const staleAfter = 75

/**
 * A lock is one file of four lines: owner, fence, since, words. It appears by a hard link, which is atomic, and goes by a rename.
 * Beside it: `.beat`, when its owner was last heard of; `.fence`, the last number given. Where flock exists, one works at a time.
 */
const prelude = `${stateFolder} umask 077; mkdir -p "$b/locks" || exit 70; l=$b/locks/$1; exec 9> "$l.turn" || exit 70; if command -v flock >/dev/null 2>&1; then flock -w 15 9 || exit 71; fi; now=$(date +%s); line() { sed -n "$1p" "$l" 2>/dev/null; }; tell() { echo "$1"; echo "$now"; cat "$l.beat" 2>/dev/null || echo 0; cat "$l" 2>/dev/null || true; };`

const scripts = {
  acquire: `${prelude} if [ -f "$l" ]; then if [ "$(line 1)" = "$2" ]; then echo "$now" > "$l.beat"; tell taken; else tell held; fi; exit 0; fi; f=$(cat "$l.fence" 2>/dev/null || echo 0); f=$((f + 1)); n="$l.new.$$"; printf '%s\\n' "$2" "$f" "$now" "$3" > "$n" || exit 70; echo "$f" > "$l.fence.$$" && mv "$l.fence.$$" "$l.fence" || exit 70; echo "$now" > "$l.beat"; if ln "$n" "$l" 2>/dev/null; then rm -f "$n"; tell taken; else rm -f "$n"; tell held; fi`,
  beat: `${prelude} if [ "$(line 1)" = "$2" ]; then echo "$now" > "$l.beat.$$" && mv "$l.beat.$$" "$l.beat" || exit 70; tell taken; else tell other; fi`,
  check: `${prelude} if [ "$(line 1)" = "$2" ] && [ "$(line 2)" = "$3" ]; then tell taken; else tell other; fi`,
  release: `${prelude} if [ "$(line 1)" = "$2" ]; then mv "$l" "$l.gone" && rm -f "$l.gone" "$l.beat"; tell released; else tell other; fi`,
  read: `${prelude} if [ -f "$l" ]; then tell held; else tell free; fi`,
  reclaim: `${prelude} beat=$(cat "$l.beat" 2>/dev/null || echo 0); if [ "$(line 1)" = "$2" ] && [ "$(line 3)" = "$3" ] && [ $((now - beat)) -ge ${staleAfter} ]; then mv "$l" "$l.reclaimed" && tell reclaimed; else tell other; fi`,
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

  async function ask(what: keyof typeof scripts, key: string, args: readonly string[], signal: AbortSignal): Promise<Told> {
    if (!keyShape.test(key)) throw problem('argument-refused', { why: 'a lock’s name that is none' })
    const { code, stdout, stderr } = await run(['/bin/sh', '-c', scripts[what], 'slipway', key, ...args], { root: true }, signal)
    if (code === 71) throw problem('lock-unusable', { server, why: 'somebody else is at it for more than 15 s' })
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
    release: async (key, owner, signal) => (await ask('release', key, [oneLine(owner)], signal)).word === 'released',
    async read(key, signal) {
      const { held, words } = await ask('read', key, [], signal)
      return held ? { held, words } : null
    },
    reclaim: async (key, stale, signal) =>
      (await ask('reclaim', key, [oneLine(stale.owner), String(stale.since / 1000)], signal)).word === 'reclaimed',
  }
}
