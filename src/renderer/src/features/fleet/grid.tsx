import { IconLock } from '@tabler/icons-react'
import { Fragment } from 'react'
import type { Environment } from '../../../../shared/domain/environment'
import type { Fleet, FleetApp } from '../../../../shared/domain/fleet'
import { Bone } from '../../ui/problem'
import { CellCard, MissingCard } from './cell'
import { GapArrow } from './gap'
import styles from './fleet.module.css'

function gridColumns(environments: number) {
  const cells = Array.from({ length: Math.max(1, environments) }, () => 'minmax(232px, 1fr)')
  return `150px ${cells.join(' minmax(104px, 120px) ')}`
}

const known = (fleet: Fleet) =>
  fleet.environments.filter((environment) => environment.deletedAt === null).toSorted((a, b) => a.position - b.position)

/** The table of cards. The column of apps stays when it is scrolled sideways. */
export function FleetGrid({ fleet }: { fleet: Fleet }) {
  const environments = known(fleet)
  return (
    <div className={styles['scroll']}>
      <div
        className={styles['grid']}
        role="table"
        aria-label="Fleet"
        style={{ gridTemplateColumns: gridColumns(environments.length) }}
      >
        <div role="row" className={styles['row']}>
          <div role="columnheader" className={styles['corner']}>
            <span className="sr">App</span>
          </div>
          {environments.map((environment, index) => (
            <Fragment key={environment.id}>
              {index > 0 && (
                <div role="columnheader">
                  <span className="sr">Distance to {environment.slug}</span>
                </div>
              )}
              <div
                role="columnheader"
                className={`${styles['stage']} ${environment.protected ? styles['guarded'] : ''}`}
                title={environment.name}
              >
                {environment.protected && <IconLock size={13} stroke={1.75} aria-label="Protected" />}
                <span className="clip">{environment.slug}</span>
              </div>
            </Fragment>
          ))}
        </div>
        {fleet.apps.map((app) => (
          <AppRow key={app.id} app={app} fleet={fleet} environments={environments} />
        ))}
      </div>
    </div>
  )
}

function AppRow({ app, fleet, environments }: { app: FleetApp; fleet: Fleet; environments: readonly Environment[] }) {
  return (
    <div role="row" className={styles['row']}>
      <div role="rowheader" className={styles['app']}>
        <div className={`${styles['name']} clip`} title={app.name}>
          {app.name}
        </div>
        <div className={`${styles['services']} clip`} title={app.services.map((service) => service.slug).join(', ')}>
          {app.services.map((service) => service.slug).join(', ')}
        </div>
      </div>
      {environments.map((environment, index) => {
        const cell = fleet.cells.find((one) => one.appId === app.id && one.environmentId === environment.id)
        const gap = fleet.gaps.find((one) => one.appId === app.id && one.to === environment.id)
        return (
          <Fragment key={environment.id}>
            {index > 0 && (
              <div role="cell" className={styles['between']}>
                <GapArrow gap={gap ?? null} to={cell ?? null} environment={environment} app={app} />
              </div>
            )}
            <div role="cell" className={styles['place']}>
              {cell ? <CellCard cell={cell} environment={environment} app={app} /> : <MissingCard environment={environment} />}
            </div>
          </Fragment>
        )
      })}
    </div>
  )
}

/** Cards of the shape that comes. */
export function FleetSkeleton() {
  return (
    <div
      className={styles['grid']}
      style={{ gridTemplateColumns: gridColumns(3) }}
      aria-busy="true"
      aria-label="Reading the fleet"
      role="status"
    >
      {[0, 1].map((row) => (
        <Fragment key={row}>
          <div className={styles['app']}>
            <Bone width={70} />
          </div>
          {[0, 1, 2].map((cell) => (
            <Fragment key={cell}>
              {cell > 0 && <span />}
              <div className={styles['card']}>
                <Bone width="70%" height={17} />
                <Bone width="90%" />
                <Bone width="90%" />
                <Bone height={28} />
                <Bone width="60%" />
              </div>
            </Fragment>
          ))}
        </Fragment>
      ))}
    </div>
  )
}
