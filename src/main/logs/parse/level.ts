import { Level } from '../../../shared/domain/log'

/** Levels by rank; 0 is none. */
export const levels: readonly (Level | null)[] = [null, ...Level.options]

export const rankOf = (level: Level) => levels.indexOf(level)

const byWord = new Map<string, number>(
  (
    [
      ['trace', 'trace verbose silly'],
      ['debug', 'debug dbg'],
      ['info', 'info information notice log'],
      ['warn', 'warn warning wrn'],
      ['error', 'error err eror severe'],
      ['fatal', 'fatal critical crit alert emerg emergency panic'],
    ] as const
  ).flatMap(([level, words]) => words.split(' ').map((word) => [word, rankOf(level)] as const)),
)

// Words that a sentence in capitals says for other reasons.
const ordinary = new Set(['log', 'information', 'notice', 'alert', 'verbose'])
const words = [...byWord.keys()].toSorted((a, b) => b.length - a.length).join('|')
const upper = [...byWord.keys()]
  .filter((word) => !ordinary.has(word))
  .join('|')
  .toUpperCase()

// `"level":"error"`, pino's `"level":50`, `level=error`.
const keyed = new RegExp(`(?:"(?:level|severity|lvl)"\\s*:\\s*|\\b(?:level|severity|lvl)=)"?(${words}|[1-6]0)\\b`, 'i')
// Upper case anywhere near the beginning; any case in brackets or before a colon, at the beginning or after a stamp.
const loud = new RegExp(`(?:^|[\\s\\[(<|:])(${upper})(?=$|[\\s\\])>|:,])`)
const quiet = new RegExp(`^(?:[\\dTZ:.,+/\\s-]*)(?:[\\[(<](${words})[\\])>]|(${words}):)`, 'i')

const head = 200

/** The rank of the level that a line gives itself, 0 where it gives none. Reads its beginning only. */
export function levelOf(text: string): number {
  const start = text.length > head ? text.slice(0, head) : text
  const first = start.charCodeAt(0)
  const json = first === 123
  if (!json) {
    const shouted = loud.exec(start)?.[1]
    if (shouted !== undefined) return byWord.get(shouted.toLowerCase()) ?? 0
    const said = quiet.exec(start)
    if (said) return byWord.get((said[1] ?? said[2] ?? '').toLowerCase()) ?? 0
  }
  const value = keyed.exec(json && text.length > head ? text.slice(0, 4 * head) : start)?.[1]
  if (value === undefined) return 0
  return value.charCodeAt(0) < 58 ? Number(value[0]) : (byWord.get(value.toLowerCase()) ?? 0)
}
