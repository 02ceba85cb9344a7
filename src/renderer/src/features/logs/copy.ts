import type { LogRow } from '../../../../shared/domain/log'
import { shownText } from '../../ui/sgr'
import { tell } from '../../ui/toast'

/** The rows as text, as they are shown. */
export function copyText(rows: readonly LogRow[]) {
  return rows
    .map((row) =>
      row.kind === 'line'
        ? `${new Date(row.at).toISOString()} ${row.instance} ${row.level ?? ''} ${shownText(row.text)}`
        : `${new Date(row.at).toISOString()} -- ${row.words}`,
    )
    .join('\n')
}

/** Copies and says so. */
export async function copied(text: string, words: string): Promise<void> {
  await navigator.clipboard.writeText(text).then(
    () => tell(words),
    () => tell('This browser does not let the page copy. Mark the lines and copy them by hand.'),
  )
}
