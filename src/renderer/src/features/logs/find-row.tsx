import type { ReactNode } from 'react'
import type { Level } from '../../../../shared/domain/log'
import { dateTime } from '../../ui/format'
import { LineText } from '../../ui/lines'
import { shapeOf } from '../../ui/shape'
import { stampIn } from './look'
import { Found } from './row'
import styles from './side.module.css'
import { useLogs } from './store'
import { useZones } from './zones'

const minutes = 60_000

/** Shows what stood around a line: ten minutes before and after, whatever the filter was. */
export async function showAround(at: number, text: string): Promise<void> {
  const { filter, showAround: show } = useLogs.getState()
  const range = { from: at - 10 * minutes, to: at + 10 * minutes }
  await show({ text: '', exclude: '', fields: [], level: null, context: 0, folded: filter.folded, range }, at, text)
}

interface FindRowProps {
  at: number
  source: string
  name: string
  level: Level | null
  text: string
  find?: RegExp | null
  beside?: ReactNode
}

/** A line in a panel; a press shows it among its neighbours. */
export function FindRow({ at, source, name, level, text, find = null, beside }: FindRowProps) {
  const { of } = useZones()
  const zone = of(source)
  const { words, fields } = shapeOf({ text: text.slice(0, 2000), at, level })
  const said = [words, ...fields.map(({ key, value }) => `${key}=${value}`)].join(' ')
  return (
    <li className={styles['find']}>
      <button type="button" className={styles['press']} onClick={() => void showAround(at, text)}>
        <span className={styles['when']}>
          <time title={dateTime(at)}>{stampIn(at, zone)}</time>
          <span className="clip">{name}</span>
          {level && <span className={styles[`is-${level}`]}>{level.toUpperCase()}</span>}
        </span>
        <span className={styles['said']}>{find ? <Found text={said} find={find} /> : <LineText text={said} />}</span>
      </button>
      {beside}
    </li>
  )
}
