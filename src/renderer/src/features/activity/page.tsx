import { IconShieldCheck, IconShieldExclamation, IconShieldHalf } from '@tabler/icons-react'
import type { AuditRecord, AuditVerdict } from '../../../../shared/domain/audit'
import type { Run } from '../../../../shared/domain/run'
import { useSession, useWatch } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { count, dateTime } from '../../ui/format'
import { Page } from '../../ui/page'
import { Bone, Empty, ProblemNote } from '../../ui/problem'
import { hashOf } from '../../ui/route'
import { Pill } from '../../ui/state'
import { Tabs } from '../../ui/tabs'
import { Age, Elapsed } from '../../ui/time'
import styles from './activity.module.css'
import { useActivity } from './store'

const tabs = [
  { id: 'runs', label: 'Runs' },
  { id: 'audit', label: 'Audit' },
]

/** What was done, by whom: runs, and every act in order. */
export default function ActivityPage({ tab }: { tab: string }) {
  const problem = useActivity((state) => state.problem)
  return (
    <Page title="Activity" name="Activity">
      {problem && <ProblemNote problem={problem} />}
      <section className={card['card']} aria-label="Activity">
        <Tabs
          label="Kinds of activity"
          tabs={tabs}
          current={tab === 'audit' ? 'audit' : 'runs'}
          hrefOf={(id) => hashOf(['activity', id])}
        />
        {tab === 'audit' ? <Audit /> : <Runs />}
      </section>
    </Page>
  )
}

function Runs() {
  const { runs, loadRuns } = useActivity()
  const active = useSession((session) => session.activeRuns)
  const stamp = active.map((run) => run.id).join()
  useWatch((signal) => loadRuns(signal), [stamp])
  if (!runs) return <Bones />
  if (runs.length === 0) return <Empty title="Nothing has been run yet. Promote or deploy something from Fleet." />
  return (
    <ul className={styles['list']}>
      {runs.map((run) => (
        <RunRow key={run.id} run={active.find((one) => one.id === run.id) ?? run} />
      ))}
    </ul>
  )
}

const outcomes = { succeeded: 'ok', reverted: 'warn', failed: 'bad', unknown: 'unknown' } as const
const words = { succeeded: 'succeeded', reverted: 'taken back', failed: 'failed', unknown: 'not known' }

function RunRow({ run }: { run: Run }) {
  const environment = useSession((session) => session.environments.find((one) => one.id === run.environmentId))
  return (
    <li className={card['row']}>
      <a className={`${styles['title']} clip`} href={hashOf(['run', run.id])} title={run.title}>
        {run.title}
      </a>
      <span className={styles['state']}>
        {run.outcome ? <Pill tone={outcomes[run.outcome]}>{words[run.outcome]}</Pill> : <Pill tone="accent">{run.state}</Pill>}
      </span>
      <span className={`${styles['env']} ${environment?.protected ? styles['guarded'] : 'dim'} clip`}>
        {environment?.slug ?? ''}
      </span>
      <span className={`${card['grow']} dim clip`} title={run.problem?.message}>
        {run.outcome !== 'succeeded' ? run.problem?.message : ''}
      </span>
      <span className={`${styles['took']} dim`}>
        <Elapsed from={run.startedAt} to={run.endedAt} />
      </span>
      <span className={`${styles['who']} dim clip`}>{run.actor.name}</span>
      <span className={`${styles['when']} dim`}>
        <Age at={run.startedAt} suffix />
      </span>
    </li>
  )
}

function Verdict({ verdict }: { verdict: AuditVerdict }) {
  switch (verdict.kind) {
    case 'whole':
      return (
        <p className={styles['whole']}>
          <IconShieldCheck size={17} stroke={1.75} aria-hidden /> The record is whole: {count(verdict.records, 'act')}, each
          chained to the one before{verdict.signed ? ', the head signed' : ''}.
        </p>
      )
    case 'torn':
      return (
        <p className={styles['torn']}>
          <IconShieldHalf size={17} stroke={1.75} aria-hidden /> The record is whole: {count(verdict.records, 'act')}. The last
          was written just before a crash. This is not tampering.
        </p>
      )
    case 'tampered':
      return (
        <p className={styles['tampered']} role="alert">
          <IconShieldExclamation size={17} stroke={1.75} aria-hidden /> The record was changed from outside at act {verdict.at}:{' '}
          {verdict.words} Do not trust what follows it.
        </p>
      )
    default:
      return verdict satisfies never
  }
}

/** What speaks for itself needs no label; ids are for the title only. */
const plain = new Set(['title', 'where', 'app', 'environment', 'service', 'release', 'name'])

function wordsOf(value: AuditRecord['subject'][string]): string {
  if (Array.isArray(value)) return value.map(wordsOf).filter(Boolean).join(', ')
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

const subjectWords = (subject: AuditRecord['subject']) =>
  Object.entries(subject)
    .filter(([key, value]) => !/Id$|^fingerprint$/.test(key) && wordsOf(value) !== '')
    .map(([key, value]) => (plain.has(key) ? wordsOf(value) : `${key} ${wordsOf(value)}`))
    .join(' · ')

const everyWord = (subject: AuditRecord['subject']) =>
  Object.entries(subject)
    .map(([key, value]) => `${key} ${wordsOf(value)}`)
    .join('\n')

function Audit() {
  const { audit, verdict, more, loadAudit, older } = useActivity()
  useWatch((signal) => loadAudit(signal), [])
  if (!audit) return <Bones />
  return (
    <>
      {verdict && <Verdict verdict={verdict} />}
      {audit.length === 0 && <Empty title="Nothing has been done yet." />}
      <ul className={styles['list']}>
        {audit.map((record) => (
          <li key={record.seq} className={card['row']}>
            <span className={`${styles['seq']} mono dim`}>{record.seq}</span>
            <strong className={styles['act']}>{record.action}</strong>
            <span className={`${card['grow']} dim clip`} title={everyWord(record.subject)}>
              {subjectWords(record.subject)}
              {record.reason ? ` · “${record.reason}”` : ''}
            </span>
            <span className={`${styles['who']} dim clip`} title={`${record.actor.name} on ${record.actor.machine}`}>
              {record.actor.name}
            </span>
            <time className="dim" dateTime={new Date(record.at).toISOString()}>
              {dateTime(record.at)}
            </time>
          </li>
        ))}
      </ul>
      {more && (
        <div className={styles['older']}>
          <Button small onClick={() => void older()}>
            Show older
          </Button>
        </div>
      )}
    </>
  )
}

function Bones() {
  return (
    <div role="status" aria-busy="true" aria-label="Reading">
      {[0, 1, 2, 3, 4].map((row) => (
        <div key={row} className={card['row']}>
          <Bone width={`${80 - row * 8}%`} />
        </div>
      ))}
    </div>
  )
}
