import { IconX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/button'
import { showSide } from './side'
import styles from './side.module.css'

/** A panel with its title, and what it says of itself under it. */
export function Panel({ title, under, children }: { title: string; under: ReactNode; children: ReactNode }) {
  return (
    <aside className={styles['panel']} aria-label={title}>
      <div className={styles['head']}>
        <h2 className={`${styles['title']} clip`}>{title}</h2>
        <Button
          small
          tone="quiet"
          aria-label={`Close: ${title}`}
          icon={<IconX size={15} stroke={1.75} aria-hidden />}
          onClick={() => showSide({ kind: 'none' })}
        />
      </div>
      <div className={styles['under']}>{under}</div>
      {children}
    </aside>
  )
}
