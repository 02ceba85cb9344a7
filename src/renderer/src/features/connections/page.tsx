import { IconCircleCheck, IconCircleX, IconCloud, IconDeviceLaptop, IconServer2 } from '@tabler/icons-react'
import type { ConnectionView } from '../../../../shared/api/connections'
import { useWatch } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { count } from '../../ui/format'
import { Page } from '../../ui/page'
import { Bone, Empty, ProblemNote } from '../../ui/problem'
import { Rename } from '../../ui/rename'
import styles from './connections.module.css'
import { useConnections } from './store'

const icons = { local: IconDeviceLaptop, server: IconServer2, aws: IconCloud }

/** The ways in, and whether each part of the way answers. */
export default function ConnectionsPage() {
  const { views, problem, load } = useConnections()
  useWatch((signal) => load(signal), [])
  return (
    <Page title="Connections" name="Connections">
      <div className={`${card['stack']} ${card['narrow']}`}>
        {problem && <ProblemNote problem={problem} />}
        {!views && !problem && <Bone height={120} />}
        {views?.length === 0 && <Empty title="No way in is known yet. The demo, or an app of your own, brings this computer." />}
        {views?.map((view) => (
          <Connection key={view.connection.id} view={view} />
        ))}
      </div>
    </Page>
  )
}

function Connection({ view }: { view: ConnectionView }) {
  const { tests, testing, test, rename } = useConnections()
  const { connection, usedBy, facts } = view
  const Icon = icons[connection.kind]
  return (
    <section className={`${card['card']} ${card['padded']}`} aria-label={connection.name}>
      <div className={card['inline']}>
        <Icon size={18} stroke={1.75} aria-hidden />
        <Rename name={connection.name} what="the connection" save={(name) => rename(connection.id, name)} />
        <span className="dim">used by {count(usedBy, 'target')}</span>
        <span className={card['grow']} />
        <Button small busy={testing === connection.id} onClick={() => void test(connection.id)}>
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
      {tests[connection.id] && (
        <ul className={styles['parts']} aria-label="Test of each part" aria-live="polite">
          {tests[connection.id]?.map((part) => (
            <li key={part.part}>
              {part.outcome === 'pass' ? (
                <IconCircleCheck size={16} stroke={1.75} className={styles['ok']} aria-label="works" />
              ) : (
                <IconCircleX size={16} stroke={1.75} className={styles['bad']} aria-label="fails" />
              )}
              <strong>{part.part}</strong>
              <span>
                {part.words} {part.problem?.fix}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
