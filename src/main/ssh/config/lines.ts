import { readFile, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { LineType, parse, type Directive, type Line, type Section } from 'ssh-config'
import { fits } from '../known-hosts/lines'

/** One entry of the configuration, with its includes put in where they stood. */
export type Entry =
  | { kind: 'setting'; name: string; value: string }
  | { kind: 'block'; when: 'host' | 'match'; words: string[]; entries: Entry[] }

export interface ReadConfig {
  entries: Entry[]
  /** What was not read, in words. */
  notes: string[]
}

const mostBytes = 1024 * 1024
const deepest = 16

/** A value as one text; the parser cuts some into words. */
export function valueOf(value: Directive['value']): string {
  if (typeof value === 'string') return value
  return value.map(({ val }) => val).join(' ')
}

const wordsOf = (value: Directive['value']): string[] =>
  typeof value === 'string' ? value.split(/\s+/).filter(Boolean) : value.map(({ val }) => val)

/** Files of a pattern whose last parts may hold `*` and `?`, in the order of their names. */
async function globbed(pattern: string): Promise<string[]> {
  const parts = pattern.split(sep)
  let found = [parts[0] === '' ? sep : (parts[0] ?? '.')]
  for (const part of parts.slice(1)) {
    if (!/[*?]/.test(part)) found = found.map((folder) => join(folder, part))
    else {
      const lists = await Promise.all(
        found.map(async (folder) => {
          const names = await readdir(folder).catch(() => [])
          const visible = names.filter((name) => (part.startsWith('.') || !name.startsWith('.')) && fits(part, name))
          return visible.toSorted().map((name) => join(folder, name))
        }),
      )
      found = lists.flat()
    }
  }
  return found
}

/** Reads a configuration with its includes. Only files inside its own folder are read; nothing in them is run. */
export async function readConfig(file: string, home: string): Promise<ReadConfig> {
  const notes: string[] = []
  const folder = dirname(file)

  async function entriesOf(path: string, depth: number): Promise<Entry[]> {
    try {
      if ((await stat(path)).size > mostBytes) throw new Error('it is larger than 1 MB')
      return await walk(parse(await readFile(path, 'utf8')), depth)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : null
      if (code === 'ENOENT') return []
      notes.push(`${path} was not read: ${code ?? (error instanceof Error ? error.message : String(error))}.`)
      return []
    }
  }

  async function included(value: Directive['value'], depth: number): Promise<Entry[]> {
    const all: Entry[] = []
    for (const word of wordsOf(value)) {
      const pattern = word.startsWith('~/') ? join(home, word.slice(2)) : isAbsolute(word) ? word : join(folder, word)
      if (depth >= deepest) notes.push(`Include ${word} was not read: too many includes in one another.`)
      else if (!resolve(pattern).startsWith(`${folder}${sep}`))
        notes.push(`Include ${word} was not read: it lies outside ${folder}. Copy its hosts there if you want them.`)
      else for (const path of await globbed(resolve(pattern))) all.push(...(await entriesOf(path, depth + 1)))
    }
    return all
  }

  async function walk(lines: Iterable<Line>, depth: number): Promise<Entry[]> {
    const all: Entry[] = []
    for (const line of lines) {
      if (line.type !== LineType.DIRECTIVE) continue
      const name = line.param.toLowerCase()
      if (name === 'include') all.push(...(await included(line.value, depth)))
      else if (name === 'host' || name === 'match') {
        const { config } = line as Section
        const words = name === 'match' ? matchWords(line) : wordsOf(line.value)
        all.push({ kind: 'block', when: name, words, entries: await walk(config, depth) })
      } else all.push({ kind: 'setting', name, value: valueOf(line.value) })
    }
    return all
  }

  const start = await realpath(file).then(
    () => file,
    () => null,
  )
  if (start === null) notes.push(`There is no ${file}.`)
  return { entries: start === null ? [] : await entriesOf(start, 0), notes }
}

/** The criteria of a Match, each with what it is to fit: `host a,b` becomes two words. */
function matchWords(line: Line): string[] {
  if (!('criteria' in line)) return []
  return Object.entries(line.criteria).flatMap(([name, value]) => [name.toLowerCase(), valueOf(value)])
}
