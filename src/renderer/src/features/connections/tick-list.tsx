import type { ReactNode } from 'react'
import styles from './connections.module.css'

interface TickListProps<T extends string> {
  legend: string
  items: readonly { key: T; name: string; words: string; able: boolean }[]
  ticked: ReadonlySet<T>
  onChange: (ticked: ReadonlySet<T>) => void
  children?: ReactNode
}

/** Things to tick, each with a word on it; what cannot be ticked stays to be read. */
export function TickList<T extends string>({ legend, items, ticked, onChange, children }: TickListProps<T>) {
  const toggle = (key: T, on: boolean) => {
    const next = new Set(ticked)
    if (on) next.add(key)
    else next.delete(key)
    onChange(next)
  }
  return (
    <fieldset className={styles['same']}>
      <legend className="label">{legend}</legend>
      {items.map(({ key, name, words, able }) => (
        <label key={key} className={styles['host']} data-off={!able || undefined}>
          <input
            type="checkbox"
            disabled={!able}
            checked={able && ticked.has(key)}
            onChange={(event) => toggle(key, event.target.checked)}
          />
          <span className={styles['who']}>
            <strong>{name}</strong>
            <span className="dim">{words}</span>
          </span>
        </label>
      ))}
      {children}
    </fieldset>
  )
}
