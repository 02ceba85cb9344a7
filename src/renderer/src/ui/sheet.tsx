import { Drawer, Modal } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Button } from './button'
import styles from './sheet.module.css'

export interface SheetProps {
  title: ReactNode
  under?: ReactNode
  /** The environment's colour on top. */
  edge: 'accent' | 'protected'
  foot?: ReactNode
  onClose: () => void
  children: ReactNode
}

/** A sheet from the right: the environment's colour on top, actions at the foot. */
export function Sheet({ title, under, edge, foot, onClose, children }: SheetProps) {
  return (
    <Drawer.Root opened onClose={onClose} position="right" size={690} lockScroll={false} transitionProps={{ duration: 120 }}>
      <Drawer.Overlay backgroundOpacity={0.28} />
      <Drawer.Content>
        <div className={styles['content']}>
          <div className={`${styles['edge']} ${styles[edge]}`} />
          <div className={styles['head']}>
            <div className={styles['words']}>
              <Drawer.Title className={styles['title']}>{title}</Drawer.Title>
              {under && <div className={styles['under']}>{under}</div>}
            </div>
            <Button
              tone="quiet"
              small
              aria-label="Close"
              icon={<IconX size={16} stroke={1.75} aria-hidden />}
              onClick={onClose}
            />
          </div>
          <div className={styles['body']}>{children}</div>
          {foot && <div className={styles['foot']}>{foot}</div>}
        </div>
      </Drawer.Content>
    </Drawer.Root>
  )
}

/** A small question in the middle. */
export function Dialog({
  title,
  onClose,
  children,
  foot,
  wide,
}: {
  title: string
  onClose: () => void
  children: ReactNode
  foot?: ReactNode
  wide?: boolean
}) {
  return (
    <Modal.Root opened onClose={onClose} size={wide ? 720 : 460} centered lockScroll={false} transitionProps={{ duration: 100 }}>
      <Modal.Overlay backgroundOpacity={0.28} />
      <Modal.Content radius={12}>
        <div className={styles['dialog']}>
          <div className={styles['dialog-head']}>
            <Modal.Title className={styles['title']}>{title}</Modal.Title>
            <Button
              tone="quiet"
              small
              aria-label="Close"
              icon={<IconX size={16} stroke={1.75} aria-hidden />}
              onClick={onClose}
            />
          </div>
          <div className={styles['dialog-body']}>{children}</div>
          {foot && <div className={styles['dialog-foot']}>{foot}</div>}
        </div>
      </Modal.Content>
    </Modal.Root>
  )
}
