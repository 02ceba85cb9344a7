import { IconCircleCheck, IconCircleX, IconKey } from '@tabler/icons-react'
import { useState } from 'react'
import type { ConnectionPart } from '../../../../shared/api/connections'
import type { Connection } from '../../../../shared/domain/connection'
import type { HostKeyQuestion } from '../../../../shared/domain/server'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { ProblemNote } from '../../ui/problem'
import styles from './connections.module.css'
import { HostKeyDialog } from './host-key'
import { Path } from './path'
import { useConnections, type Walk } from './store'

/** The way to a server as it is walked: each part with what was found, and the one that fails with how to mend it. */
export function Way({ connection, walk }: { connection: Connection; walk: Walk }) {
  const [asked, setAsked] = useState<HostKeyQuestion | null>(null)
  const { test } = useConnections()
  return (
    <div className={styles['way']}>
      <Path connection={connection} walk={walk} />
      <ol className={styles['parts']} aria-label="Test of each part" aria-live="polite" aria-busy={!walk.over}>
        {walk.parts.map((part, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- parts are only appended
          <PartRow key={index} part={part} onKey={setAsked} />
        ))}
        {!walk.over && (
          <li className={styles['going']}>
            <span className={styles['wait']} aria-hidden />
            <span className="dim">{walk.parts.length === 0 ? 'Opening' : 'Going on'}</span>
            <span className={card['grow']} />
            <Button small onClick={walk.stop}>
              Stop
            </Button>
          </li>
        )}
      </ol>
      {walk.problem && <ProblemNote problem={walk.problem} />}
      {asked && (
        <HostKeyDialog
          connection={connection}
          question={asked}
          onClose={() => setAsked(null)}
          onTrusted={() => {
            setAsked(null)
            void test(connection.id)
          }}
        />
      )}
    </div>
  )
}

function PartRow({ part, onKey }: { part: ConnectionPart; onKey: (question: HostKeyQuestion) => void }) {
  const { hostKey, problem } = part
  const Icon = part.outcome === 'pass' ? IconCircleCheck : IconCircleX
  return (
    <li>
      <Icon
        size={16}
        stroke={1.75}
        className={part.outcome === 'pass' ? styles['ok'] : styles['bad']}
        aria-label={part.outcome === 'pass' ? 'works' : 'fails'}
      />
      <strong>{part.part}</strong>
      <span className={styles['sentence']}>
        {part.words}
        {problem?.fix && <span className={styles['fix']}>{problem.fix}</span>}
      </span>
      {hostKey && (
        <Button small icon={<IconKey size={15} stroke={1.75} aria-hidden />} onClick={() => onKey(hostKey)}>
          {hostKey.state === 'unknown' ? 'Decide' : 'Show both'}
        </Button>
      )}
    </li>
  )
}
