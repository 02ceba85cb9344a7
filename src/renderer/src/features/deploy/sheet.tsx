import { IconArrowRight, IconRocket } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import type { PlacementView } from '../../../../shared/api/placements'
import type { ReleaseId } from '../../../../shared/domain/ids'
import { useWatch } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { Digest } from '../../ui/digest'
import { TextField } from '../../ui/field'
import { LineText } from '../../ui/lines'
import { Bone, ProblemNote } from '../../ui/problem'
import { openSheet } from '../../ui/route'
import { Sheet } from '../../ui/sheet'
import { Pill } from '../../ui/state'
import { Age } from '../../ui/time'
import styles from './deploy.module.css'
import { SourceForm } from './source-form'
import { sourceOf, useDeploy } from './store'

/** Chooses what to deploy: an earlier release, or a new one that is made here. Then the plan. */
export default function DeploySheet({ placementId, onClose }: { placementId: string; onClose: () => void }) {
  const { view, problem, watch } = useDeploy()
  useWatch((signal) => watch(placementId, signal), [placementId])
  const shown = view?.placement.id === placementId ? view : null
  const guarded = shown?.environment.protected ?? false
  return (
    <Sheet
      edge={guarded ? 'protected' : 'accent'}
      onClose={onClose}
      title={
        <>
          <span>Deploy {shown?.app.slug ?? ''}</span>
          {shown && (
            <>
              <IconArrowRight size={17} stroke={1.75} aria-label="to" />
              <span className={guarded ? styles['guarded'] : styles['named']}>{shown.environment.slug}</span>
            </>
          )}
        </>
      }
      under="Choose what is to run. The plan comes next; nothing changes before it."
      foot={<Button onClick={onClose}>Cancel</Button>}
    >
      {problem && <ProblemNote problem={problem} />}
      {shown ? <Choices view={shown} /> : !problem && <Bone height={160} />}
    </Sheet>
  )
}

const plan = (view: PlacementView, release: ReleaseId) =>
  openSheet('plan', { kind: 'deploy', placement: view.placement.id, release })

function Choices({ view }: { view: PlacementView }) {
  return (
    <>
      {view.demo && <DemoReleases view={view} />}
      <div className={card['section']}>
        <h2 className="label">An earlier release</h2>
      </div>
      <ul className={styles['releases']}>
        {view.releases.slice(0, 50).map(({ release, serving }) => {
          const digest = Object.values(release.artifacts)[0]
          return (
            <li key={release.id}>
              <strong>v{release.number}</strong>
              {digest && <Digest digest={digest} />}
              {serving && <Pill tone="ok">serving</Pill>}
              <span className={`${card['grow']} dim clip`}>{release.note || release.provenance.subject}</span>
              <span className="dim">
                <Age at={release.createdAt} suffix />
              </span>
              <Button small aria-label={`Choose v${release.number}`} onClick={() => plan(view, release.id)}>
                Choose
              </Button>
            </li>
          )
        })}
        {view.releases.length === 0 && <li className="dim">There is none yet. Make the first below.</li>}
      </ul>
      <div className={styles['new']}>
        <NewRelease view={view} />
      </div>
    </>
  )
}

function DemoReleases({ view }: { view: PlacementView }) {
  const { making, makeDemo } = useDeploy()
  const make = async (variant: 'next' | 'bad' | 'crash') => {
    const release = await makeDemo(variant)
    if (release) plan(view, release.id)
  }
  return (
    <>
      <div className={card['section']}>
        <h2 className="label">Demo: make a release that…</h2>
      </div>
      <div className={card['inline']}>
        <Button busy={making} onClick={() => void make('next')}>
          works
        </Button>
        <Button busy={making} onClick={() => void make('bad')}>
          answers 500
        </Button>
        <Button busy={making} onClick={() => void make('crash')}>
          crashes after 5 s
        </Button>
      </div>
    </>
  )
}

function NewRelease({ view }: { view: PlacementView }) {
  const { drafts, words, making, make } = useDeploy()
  const [note, setNote] = useState('')
  const stop = useRef(new AbortController())
  useWatch((signal) => {
    stop.current = new AbortController()
    signal.addEventListener('abort', () => stop.current.abort())
  }, [])
  const named = Object.values(drafts).some((draft) => sourceOf(draft) !== null)
  const submit = async () => {
    const release = await make(note.trim(), stop.current.signal)
    if (release) plan(view, release.id)
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (named) void submit()
      }}
    >
      <div className={card['section']}>
        <h2 className="label">A new release</h2>
      </div>
      <div className={card['stack']}>
        {view.app.services.map((service) => (
          <SourceForm
            key={service.id}
            serviceId={service.id}
            slug={service.slug}
            takes={service.artifactKind}
            places={view.placement.targets
              .filter((target) => target.serviceId === service.id)
              .flatMap((target) => target.connectionIds)}
          />
        ))}
        <TextField
          label="Note"
          value={note}
          maxLength={1000}
          onChange={(event) => setNote(event.target.value)}
          placeholder="What is new, where its source does not tell"
        />
        {words.length > 0 && (
          <pre className={card['output']} tabIndex={0} aria-label="Output of the build">
            {words.map((line, index) => (
              // oxlint-disable-next-line react/no-array-index-key -- lines are only appended
              <div key={index}>
                <span className="dim">{line.service} </span>
                <LineText text={line.words} />
              </div>
            ))}
          </pre>
        )}
        <div>
          <Button
            type="submit"
            tone="primary"
            icon={<IconRocket size={16} stroke={1.75} aria-hidden />}
            busy={making}
            disabled={!named}
          >
            {making ? 'Making the release' : 'Make it and plan the deploy'}
          </Button>
        </div>
      </div>
    </form>
  )
}
