import { IconArrowRight, IconHandStop } from '@tabler/icons-react'
import type { Environment } from '../../../../shared/domain/environment'
import type { Cell, FleetApp, Gap } from '../../../../shared/domain/fleet'
import type { Distance } from '../../../../shared/domain/release'
import { Button } from '../../ui/button'
import { openSheet } from '../../ui/route'
import { Pill } from '../../ui/state'
import styles from './fleet.module.css'

/** How far apart two environments are, in words. */
export function distanceWords(distance: Distance): string {
  switch (distance.kind) {
    case 'ahead':
      return `${distance.by} ahead`
    case 'behind':
      return `${distance.by} behind`
    case 'same':
      return 'same'
    case 'drifted':
      return 'drifted'
    case 'unknown':
      return 'not known'
    case 'none':
      return '—'
    default:
      return distance satisfies never
  }
}

/** Whether there is something to bring over. */
export const promotable = (gap: Gap) =>
  gap.fromPlacementId !== null &&
  gap.toPlacementId !== null &&
  gap.distance.kind !== 'same' &&
  gap.distance.kind !== 'none' &&
  gap.distance.kind !== 'unknown'

/** The arrow between two cards: how far apart, and the button that closes it. */
export function GapArrow({
  gap,
  to,
  environment,
  app,
}: {
  gap: Gap | null
  to: Cell | null
  environment: Environment
  app: FleetApp
}) {
  const words = gap ? (to?.hold ? 'on hold' : distanceWords(gap.distance)) : '—'
  return (
    <div className={styles['gap']}>
      <span className={styles['distance']}>{words}</span>
      <span className={styles['arrow']} aria-hidden />
      <span className={styles['act']}>
        {gap && to?.hold && (
          <span title={to.hold.reason}>
            <Pill tone="bad" icon={<IconHandStop size={14} stroke={1.75} aria-hidden />}>
              Hold
            </Pill>
          </span>
        )}
        {gap && !to?.hold && promotable(gap) && (
          <Button
            small
            tone={environment.protected ? 'protected' : 'plain'}
            icon={<IconArrowRight size={15} stroke={1.75} aria-hidden />}
            disabled={to?.activeRun !== null && to?.activeRun !== undefined}
            aria-label={`Promote ${app.name} to ${environment.name}`}
            onClick={() => openSheet('plan', { kind: 'promote', from: gap.fromPlacementId ?? '', to: gap.toPlacementId ?? '' })}
          >
            Promote
          </Button>
        )}
      </span>
    </div>
  )
}
