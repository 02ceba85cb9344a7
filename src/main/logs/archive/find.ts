// oxlint-disable-next-line no-control-regex -- all of ASCII is meant
const ascii = /^[\u0000-\u007f]*$/

export const isAscii = (text: string) => ascii.test(text)

/** Finds a literal of ASCII, case ignored. In texts whose signs are bytes, so that offsets hold: those of ASCII mean themselves in UTF-8 too. */
const literals = (literal: string) => new RegExp(literal.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`), 'gi')

/** The rows from `from` on whose bytes hold a literal of ASCII in lower case. `ends` are where rows end in `bytes`. */
export function* rowsWith(bytes: string, ends: Uint32Array, literal: string, from: number, to: number): Generator<number> {
  const find = literals(literal)
  find.lastIndex = from === 0 ? 0 : (ends[from - 1] as number) + 1
  for (let place = from; place < to && find.test(bytes); place++) {
    const hit = find.lastIndex - literal.length
    while ((ends[place] as number) <= hit) place++
    if (place >= to) return
    yield place
    find.lastIndex = ends[place] as number
  }
}
