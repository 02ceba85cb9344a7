import type { ReactNode } from 'react'
import type { PlacementView } from '../../../../shared/api/placements'
import type { Fact, Facts, Observation } from '../../../../shared/domain/observation'
import { client } from '../../client'
import { Digest } from '../../ui/digest'
import { Dot } from '../../ui/state'
import styles from './environment.module.css'

const isDigest = (value: string) => /^sha256:[0-9a-f]{64}$/.test(value)

/** The service that an observation is of, by its short name. */
export const serviceOf = (view: PlacementView, observation: Observation) => {
  const serviceId = view.placement.targets.find((target) => target.id === observation.targetId)?.serviceId
  return view.app.services.find((service) => service.id === serviceId)?.slug ?? ''
}

interface FactListProps {
  view: PlacementView
  part: keyof Facts
  none?: string
  /** Services side by side, where the card is wide. */
  beside?: boolean
  /** Shown elsewhere in the card. */
  leaveOut?: Fact | null
  /** A row under the last. */
  last?: ReactNode
}

/** The facts of one question, by service. */
export function FactList({ view, part, none, beside, leaveOut = null, last }: FactListProps) {
  const lists = view.observations.filter((observation) => observation.facts[part].length > 0)
  if (lists.length === 0)
    return (
      <p className="dim">{none ?? (view.cell.running === 'nothing' ? 'Nothing runs here.' : 'Nothing is known of it yet.')}</p>
    )
  const named = lists.length > 1
  // Instances are named after app and environment, which the page already tells.
  const prefix = `${view.app.slug}-${view.environment.slug}-`
  return (
    <div className={`${styles['known']} ${beside ? styles['beside'] : ''}`} tabIndex={0} role="group" aria-label="Facts">
      {lists.map((observation, place) => (
        <div key={observation.targetId}>
          {named && <div className={`label ${styles['whose']}`}>{serviceOf(view, observation)}</div>}
          <dl className={styles['facts']}>
            {observation.facts[part]
              .filter((fact) => fact !== leaveOut)
              .map((fact, index) => (
                // oxlint-disable-next-line react/no-array-index-key -- a provider may give a label twice
                <FactRow key={`${fact.label} ${index}`} fact={fact} prefix={prefix} />
              ))}
            {place === lists.length - 1 && last}
          </dl>
        </div>
      ))}
    </div>
  )
}

function FactRow({ fact, prefix }: { fact: Fact; prefix: string }) {
  return (
    <div>
      <dt title={fact.label}>{fact.label.startsWith(prefix) ? fact.label.slice(prefix.length) : fact.label}</dt>
      <dd className={fact.mono ? 'mono' : ''} title={fact.value}>
        {fact.tone !== 'plain' && <Dot tone={fact.tone} words={fact.tone} small />} <FactValue fact={fact} />
      </dd>
    </div>
  )
}

/** A value: a digest by its first signs, an address as a link where it may be followed. */
export function FactValue({ fact }: { fact: Fact }) {
  if (isDigest(fact.value)) return <Digest digest={fact.value} />
  const { href } = fact
  if (!href || !/^(https:|http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/])/.test(href)) return <>{fact.value}</>
  return (
    <a
      href={href}
      target="_blank"
      rel="noreferrer noopener"
      onClick={(event) => {
        if (location.protocol !== 'app:') return
        event.preventDefault()
        void client.host.openExternal({ url: href }).catch(() => undefined)
      }}
    >
      {fact.value}
    </a>
  )
}
