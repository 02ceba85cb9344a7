/** One figure. `peer` and `theirs` are null where there is nobody to compare with; `holds` where there is no aim. */
export interface Row {
  name: string
  ours: number
  peer: string | null
  theirs: number | null
  unit: string
  ratio: number | null
  aim: string | null
  holds: boolean | null
}

/** An aim for our own figure, or for its ratio to the peer's. */
export type Aim = { words: string; holds: (ours: number, ratio: number | null) => boolean }

export const below = (most: number, unit: string): Aim => ({ words: `< ${most} ${unit}`, holds: (ours) => ours < most })
export const atMost = (most: number, unit: string): Aim => ({ words: `≤ ${most} ${unit}`, holds: (ours) => ours <= most })
export const atLeast = (least: number, unit: string): Aim => ({ words: `≥ ${least} ${unit}`, holds: (ours) => ours >= least })

const short = (value: number) =>
  Number(Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(3))

/** A figure of our own. */
export function row(name: string, ours: number, unit: string, aim: Aim | null = null): Row {
  return {
    name,
    ours: short(ours),
    peer: null,
    theirs: null,
    unit,
    ratio: null,
    aim: aim?.words ?? null,
    holds: aim ? aim.holds(ours, null) : null,
  }
}

/** A figure beside a peer's, measured in the same go. */
export function against(name: string, ours: number, peer: string, theirs: number, unit: string, aim: Aim | null = null): Row {
  const ratio = ours / theirs
  return {
    name,
    ours: short(ours),
    peer,
    theirs: short(theirs),
    unit,
    ratio: short(ratio),
    aim: aim?.words ?? null,
    holds: aim ? aim.holds(ours, ratio) : null,
  }
}

const verdict = (holds: boolean | null) => (holds === null ? '' : holds ? 'holds' : 'MISSED')

/** The figures for a person to read. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((one) => [
    one.name,
    `${one.ours} ${one.unit}`,
    one.peer ? `${one.theirs} ${one.unit} (${one.peer})` : '',
    one.ratio === null ? '' : `× ${one.ratio}`,
    one.aim ?? '',
    verdict(one.holds),
  ])
  const all = [['what', 'ours', 'beside', 'ratio', 'aim', ''], ...cells]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)))
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
