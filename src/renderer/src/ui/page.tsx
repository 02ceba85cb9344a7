import { IconSearch } from '@tabler/icons-react'
import { useEffect, type ReactNode } from 'react'
import { openPalette } from './palette-state'
import styles from './page.module.css'

const onMac = /mac/i.test(navigator.platform)

/** The head of a page, and the page under it. */
export function Page({
  title,
  name,
  beside,
  actions,
  children,
  fill,
}: {
  title: ReactNode
  name: string
  beside?: ReactNode
  actions?: ReactNode
  children: ReactNode
  fill?: boolean
}) {
  useEffect(() => {
    document.title = `${name} · Slipway`
  }, [name])
  return (
    <>
      <header className={styles['head']}>
        <h1 className={styles['title']}>{title}</h1>
        {beside}
        <span className={styles['space']} />
        <div className={styles['actions']}>{actions}</div>
        <button
          type="button"
          className={`${styles['search']} ${actions ? styles['narrow'] : ''}`}
          onClick={openPalette}
          aria-keyshortcuts="Control+K Meta+K"
        >
          <IconSearch size={16} stroke={1.75} aria-hidden />
          <span className={styles['words']}>Search or run</span>
          <kbd>{onMac ? '⌘ K' : 'Ctrl K'}</kbd>
        </button>
      </header>
      <main className={`${styles['main']} ${fill ? styles['fill'] : ''}`} tabIndex={-1} id="main">
        {children}
      </main>
    </>
  )
}
