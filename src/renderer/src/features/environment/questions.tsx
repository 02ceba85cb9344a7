import { IconCpu, IconHeartbeat, IconPackage, IconRoute, IconWorld } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { PlacementView } from '../../../../shared/api/placements'
import type { Fact, Series } from '../../../../shared/domain/observation'
import card from '../../ui/card.module.css'
import { Digest } from '../../ui/digest'
import { figure } from '../../ui/format'
import { ProblemNote } from '../../ui/problem'
import { Sparkline } from '../../ui/sparkline'
import { Dot } from '../../ui/state'
import { Age } from '../../ui/time'
import styles from './environment.module.css'
import { FactList, FactValue, serviceOf } from './facts'

/** The five questions, each with the provider's own facts. */
export function Questions({ view }: { view: PlacementView }) {
  const { observations } = view
  return (
    <div className={styles['grid']}>
      <Question
        icon={<IconPackage size={17} stroke={1.75} aria-hidden />}
        title="Where is my code stored?"
        lead={<Lead view={view} />}
      >
        <FactList view={view} part="stored" />
      </Question>
      <Question icon={<IconCpu size={17} stroke={1.75} aria-hidden />} title="What runs it?" lead={<Counts view={view} />}>
        <FactList view={view} part="runs" />
      </Question>
      <Question icon={<IconRoute size={17} stroke={1.75} aria-hidden />} title="How do people reach it?">
        <FactList view={view} part="reach" none="No service of this app has a route." />
      </Question>
      <Question
        icon={<IconWorld size={17} stroke={1.75} aria-hidden />}
        title="What’s the address?"
        lead={<Address view={view} />}
      >
        <FactList
          view={view}
          part="address"
          none="It has no address of its own."
          leaveOut={leadAddress(view)}
          last={view.cell.observedAt !== null && <LastLook at={view.cell.observedAt} />}
        />
      </Question>
      <Question wide icon={<IconHeartbeat size={17} stroke={1.75} aria-hidden />} title="How do I know it’s healthy?">
        <Figures view={view} />
        <FactList view={view} part="health" beside />
      </Question>
      {observations.some((observation) => observation.problem) && (
        <div className={styles['unreachable']}>
          {observations.map(
            (observation) => observation.problem && <ProblemNote key={observation.targetId} problem={observation.problem} />,
          )}
        </div>
      )}
    </div>
  )
}

function Question({
  icon,
  title,
  lead,
  wide,
  children,
}: {
  icon: ReactNode
  title: string
  lead?: ReactNode
  wide?: boolean
  children: ReactNode
}) {
  return (
    <section className={`${card['card']} ${styles['question']} ${wide ? styles['wide'] : ''}`} aria-label={title}>
      <h2 className={styles['asked']}>
        {icon}
        {title}
      </h2>
      {lead}
      {children}
    </section>
  )
}

function Lead({ view }: { view: PlacementView }) {
  const { release, running } = view.cell
  const words = { release: '', drifted: 'Something that no release has', nothing: 'Nothing runs', unknown: 'Not known what runs' }
  return (
    <div className={styles['lead']}>
      <strong>{release?.alias ?? words[running]}</strong>
      {release && <Digest digest={release.digest} />}
    </div>
  )
}

function Counts({ view }: { view: PlacementView }) {
  const running = view.cell.services.reduce((sum, service) => sum + service.running, 0)
  const desired = view.cell.services.reduce((sum, service) => sum + service.desired, 0)
  const tone = running === 0 && desired === 0 ? 'plain' : running < desired ? 'bad' : 'ok'
  return (
    <div className={styles['lead']}>
      <Dot tone={tone} words={running < desired ? 'Fewer than wanted' : 'As many as wanted'} />
      <strong>
        {running} of {desired} running
      </strong>
      <span className="dim">{view.cell.where}</span>
    </div>
  )
}

/** The one address of an app that has just one: big enough to press. */
function leadAddress(view: PlacementView): Fact | null {
  const linked = view.observations.flatMap((observation) => observation.facts.address).filter((fact) => fact.href)
  return linked.length === 1 ? (linked[0] ?? null) : null
}

function Address({ view }: { view: PlacementView }) {
  const fact = leadAddress(view)
  if (!fact) return null
  return (
    <div className={styles['lead']}>
      <strong className="clip" title={fact.value}>
        <FactValue fact={fact} />
      </strong>
    </div>
  )
}

function LastLook({ at }: { at: number }) {
  return (
    <div>
      <dt>Last look</dt>
      <dd>
        <Age at={at} suffix />
      </dd>
    </div>
  )
}

function Figures({ view }: { view: PlacementView }) {
  const all = view.observations.flatMap((observation) =>
    observation.series.map((series) => ({ series, service: serviceOf(view, observation), id: observation.targetId })),
  )
  if (all.length === 0) return null
  return (
    <div className={styles['figures']}>
      {all.map(({ series, service, id }) => (
        <Figure
          key={`${id} ${series.name}`}
          series={series}
          service={service}
          deploys={view.cell.deploys}
          many={view.observations.length > 1}
        />
      ))}
    </div>
  )
}

function Figure({
  series,
  service,
  deploys,
  many,
}: {
  series: Series
  service: string
  deploys: readonly number[]
  many: boolean
}) {
  const last = series.points.findLast((point) => point !== null)
  return (
    <div className={styles['figure']}>
      <div className="dim">{many ? `${service} ${series.name.toLowerCase()}` : series.name}</div>
      <div className={styles['number']}>
        {last === undefined ? '—' : figure(last ?? 0)} <span>{series.unit}</span>
      </div>
      <Sparkline
        series={series}
        deploys={deploys}
        bad={/error/i.test(series.name) && series.points.some((point) => point !== null && point > 0)}
        label={`${series.name} of ${service}`}
      />
    </div>
  )
}
