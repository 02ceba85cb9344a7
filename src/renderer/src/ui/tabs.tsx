import styles from './tabs.module.css'

/** Tabs that are places: each has an address. */
export function Tabs({
  label,
  tabs,
  current,
  hrefOf,
}: {
  label: string
  tabs: readonly { id: string; label: string }[]
  current: string
  hrefOf: (id: string) => string
}) {
  return (
    <nav className={styles['tabs']} aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.id} href={hrefOf(tab.id)} aria-current={tab.id === current ? 'page' : undefined}>
          {tab.label}
        </a>
      ))}
    </nav>
  )
}
