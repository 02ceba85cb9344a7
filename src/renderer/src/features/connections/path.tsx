import { IconDeviceLaptop } from '@tabler/icons-react'
import type { Connection } from '../../../../shared/domain/connection'
import { ServerSettings, type Hop } from '../../../../shared/domain/server'
import { PlainName } from '../../ui/plain-name'
import styles from './connections.module.css'
import type { Walk } from './store'

type Passed = 'passed' | 'failed' | 'going' | 'ahead'

const words: Record<Passed, string> = {
  passed: 'passed',
  failed: 'fails here',
  going: 'being tried',
  ahead: 'not tried',
}

/** How far a walk has come at one hop: what comes after it says that it was passed. */
export function passedAt(index: number, { parts, over }: Pick<Walk, 'parts' | 'over'>): Passed {
  if (parts.some((part) => part.hop === index && part.outcome === 'fail')) return 'failed'
  if (parts.some((part) => part.hop === undefined || part.hop > index)) return 'passed'
  const before = index === 0 || parts.some((part) => part.hop === index) || passedAt(index - 1, { parts, over }) === 'passed'
  return before && !over ? 'going' : 'ahead'
}

const nameOf = (hop: Hop) => (hop.port === 22 ? hop.host : `${hop.host}:${hop.port}`)

/** The way from here to a server as a line of dots, one a hop. */
export function Path({ connection, walk }: { connection: Connection; walk: Walk }) {
  const settings = ServerSettings.safeParse(connection.settings)
  if (!settings.success) return null
  const { hops } = settings.data
  return (
    <ol className={styles['dots']} aria-label="The way">
      <li data-passed="passed">
        <IconDeviceLaptop size={14} stroke={1.75} aria-hidden />
        <span>this computer</span>
      </li>
      {hops.map((hop, index) => {
        const passed = passedAt(index, walk)
        return (
          // oxlint-disable-next-line react/no-array-index-key -- the hops of a way do not move
          <li key={index} data-passed={passed}>
            <span className={styles['dot']} aria-hidden />
            <span>
              <PlainName text={index === hops.length - 1 ? connection.name : nameOf(hop)} />
            </span>
            <span className={passed === 'failed' ? styles['bad'] : 'sr'}>{words[passed]}</span>
          </li>
        )
      })}
    </ol>
  )
}
