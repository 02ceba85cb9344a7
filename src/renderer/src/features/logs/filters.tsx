import { IconSearch } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import type { Level } from '../../../../shared/domain/log'
import styles from './logs.module.css'
import { useLogs } from './store'

const levels: readonly { value: Level | ''; label: string }[] = [
  { value: '', label: 'All levels' },
  { value: 'debug', label: 'level ≥ debug' },
  { value: 'info', label: 'level ≥ info' },
  { value: 'warn', label: 'level ≥ warn' },
  { value: 'error', label: 'level ≥ error' },
]

/** Plain text and least level. The filter is applied in main, over all that is kept. */
export function Filters() {
  const { text, level, setFilter } = useLogs()
  const [typed, setTyped] = useState(text)
  useEffect(() => {
    if (typed === text) return undefined
    const soon = setTimeout(() => void setFilter(typed, level), 150)
    return () => clearTimeout(soon)
  }, [typed, text, level, setFilter])
  return (
    <>
      <label className={styles['find']}>
        <IconSearch size={15} stroke={1.75} aria-hidden />
        <span className="sr">Show lines with this text</span>
        <input
          value={typed}
          maxLength={500}
          placeholder="Text in the line"
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
        />
      </label>
      <select
        className={styles['level']}
        aria-label="Least level"
        value={level ?? ''}
        onChange={(event) => void setFilter(typed, levels.find((one) => one.value === event.target.value)?.value || null)}
      >
        {levels.map((one) => (
          <option key={one.value} value={one.value}>
            {one.label}
          </option>
        ))}
      </select>
    </>
  )
}
