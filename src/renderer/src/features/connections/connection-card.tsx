import {
  IconCloud,
  IconDeviceLaptop,
  IconAdjustments,
  IconPackages,
  IconServer2,
  IconTelescope,
  IconTrash,
} from '@tabler/icons-react'
import type { ConnectionView } from '../../../../shared/api/connections'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { count } from '../../ui/format'
import { Rename } from '../../ui/rename'
import { openSheet } from '../../ui/route'
import { offerUndo } from '../../ui/toast'
import styles from './connections.module.css'
import { Way } from './way'
import { useConnections } from './store'

const icons = { local: IconDeviceLaptop, server: IconServer2, registry: IconPackages, aws: IconCloud }
const icon = { size: 15, stroke: 1.75, 'aria-hidden': true } as const

/** One way in: who it leads to, and what can be done with it. */
export function ConnectionCard({ view }: { view: ConnectionView }) {
  const { walks, test, rename, remove, undoRemove } = useConnections()
  const { connection, usedBy, facts } = view
  const Icon = icons[connection.kind]
  const walk = walks[connection.id]
  const { kind } = connection
  const sheet = kind === 'server' || kind === 'registry' ? kind : null
  const drop = async () => {
    if (await remove(connection.id)) offerUndo(`${connection.name} was removed.`, () => void undoRemove(connection.id))
  }
  return (
    <section className={`${card['card']} ${card['padded']}`} aria-label={connection.name}>
      <div className={card['inline']}>
        <Icon size={18} stroke={1.75} aria-hidden />
        <Rename name={connection.name} what="the connection" save={(name) => rename(connection.id, name)} />
        {kind !== 'registry' && <span className="dim">used by {count(usedBy, 'target')}</span>}
        <span className={card['grow']} />
        {sheet && (
          <>
            <Button
              small
              tone="quiet"
              aria-label={`Change ${connection.name}`}
              icon={<IconAdjustments {...icon} />}
              onClick={() => openSheet(sheet, { connection: connection.id })}
            />
            {usedBy === 0 && (
              <Button
                small
                tone="quiet"
                aria-label={`Remove ${connection.name}`}
                icon={<IconTrash {...icon} />}
                onClick={() => void drop()}
              />
            )}
          </>
        )}
        {kind === 'server' && (
          <Button small icon={<IconTelescope {...icon} />} onClick={() => openSheet('discover', { connection: connection.id })}>
            What runs there
          </Button>
        )}
        <Button small busy={walk !== undefined && !walk.over} onClick={() => void test(connection.id)}>
          Test
        </Button>
      </div>
      <dl className={styles['facts']}>
        {facts.map((fact) => (
          <div key={fact.label}>
            <dt>{fact.label}</dt>
            <dd>{fact.value}</dd>
          </div>
        ))}
      </dl>
      {walk && <Way connection={connection} walk={walk} />}
    </section>
  )
}
