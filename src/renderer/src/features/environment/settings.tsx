import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { PlacementView, SettingsView } from '../../../../shared/api/placements'
import { useWatch } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { ChoiceField, TextField } from '../../ui/field'
import { Bone, ProblemNote } from '../../ui/problem'
import { openSheet } from '../../ui/route'
import { Pill } from '../../ui/state'
import { Age } from '../../ui/time'
import { tell } from '../../ui/toast'
import styles from './environment.module.css'
import { useEnvironment, type DraftValue } from './store'

/** Variables and secrets by service. Saving makes a revision and changes nothing that runs. */
export function Settings({ view }: { view: PlacementView }) {
  const { settings, settingsProblem, loadSettings } = useEnvironment()
  const placementId = view.placement.id
  useWatch(() => loadSettings(placementId), [placementId, view.cell.settingsNotApplied])
  return (
    <div className={`${card['padded']} ${card['stack']}`}>
      {settingsProblem && <ProblemNote problem={settingsProblem} />}
      {settings?.some((one) => !one.applied) && (
        <div className={styles['notapplied']}>
          <span>Saved settings are not applied: what runs was started with earlier ones.</span>
          <Button small onClick={() => openSheet('plan', { kind: 'apply-settings', placement: placementId })}>
            Apply settings
          </Button>
        </div>
      )}
      {!settings && !settingsProblem && <Bone height={80} />}
      {settings?.map((one) => (
        <ServiceSettings key={`${one.serviceId} ${one.current?.number ?? 0}`} settings={one} view={view} />
      ))}
    </div>
  )
}

const draftOf = (settings: SettingsView): DraftValue[] =>
  Object.entries(settings.current?.values ?? {}).map(([key, value]) => ({
    key,
    kind: value.kind,
    value: value.kind === 'plain' ? value.value : null,
  }))

const keyProblem = (key: string) =>
  /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(key) ? null : 'Letters, digits and _, not a digit first'

function ServiceSettings({ settings, view }: { settings: SettingsView; view: PlacementView }) {
  const [draft, setDraft] = useState(() => draftOf(settings))
  const [shown, setShown] = useState(false)
  const [busy, setBusy] = useState(false)
  const save = useEnvironment((state) => state.saveSettings)
  const before = draftOf(settings)
  const changed = JSON.stringify(before) !== JSON.stringify(draft)
  const valid = draft.every((row) => keyProblem(row.key) === null) && new Set(draft.map((row) => row.key)).size === draft.length
  const change = (index: number, part: Partial<DraftValue>) =>
    setDraft(draft.map((row, place) => (place === index ? { ...row, ...part } : row)))
  const submit = async () => {
    setBusy(true)
    const saved = await save(view.placement.id, settings.serviceId, settings.current?.number ?? 0, draft)
    setBusy(false)
    if (saved) tell('Saved as a new revision. Nothing that runs has changed yet.')
  }
  return (
    <form
      className={styles['service']}
      aria-label={`Settings of ${settings.slug}`}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <div className={card['inline']}>
        <h3>{settings.slug}</h3>
        <span className="dim">
          {settings.current ? (
            <>
              revision {settings.current.number}, <Age at={settings.current.createdAt} suffix /> by {settings.current.actor.name}
            </>
          ) : (
            'no settings yet'
          )}
        </span>
        {!settings.applied && <Pill tone="warn">not applied</Pill>}
        <span className={card['grow']} />
        {draft.some((row) => row.kind === 'plain') && (
          <Button tone="link" small aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? 'Hide values' : 'Show values'}
          </Button>
        )}
      </div>
      {draft.map((row, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- rows are edited in place
        <SettingRow
          key={index}
          row={row}
          shown={shown}
          kept={before.some((one) => one.key === row.key && one.kind === 'secret')}
          onChange={(part) => change(index, part)}
          onRemove={() => setDraft(draft.filter((_, place) => place !== index))}
        />
      ))}
      <div className={card['inline']}>
        <Button
          small
          icon={<IconPlus size={15} stroke={1.75} aria-hidden />}
          onClick={() => setDraft([...draft, { key: '', kind: 'plain', value: '' }])}
        >
          Add a setting
        </Button>
        {changed && (
          <>
            <Button small tone="primary" type="submit" busy={busy} disabled={!valid}>
              Save as a revision
            </Button>
            <Button small tone="quiet" onClick={() => setDraft(before)}>
              Discard
            </Button>
          </>
        )}
      </div>
      <History settings={settings} />
    </form>
  )
}

interface RowProps {
  row: DraftValue
  shown: boolean
  kept: boolean
  onChange: (part: Partial<DraftValue>) => void
  onRemove: () => void
}

function SettingRow({ row, shown, kept, onChange, onRemove }: RowProps) {
  const masked = row.kind === 'secret' || (!shown && row.value !== '')
  return (
    <div className={styles['setting']}>
      <TextField
        label="Key"
        hideLabel
        mono
        placeholder="KEY"
        value={row.key}
        error={row.key === '' ? null : keyProblem(row.key)}
        onChange={(event) => onChange({ key: event.target.value })}
      />
      <TextField
        label={`Value of ${row.key || 'the new setting'}`}
        hideLabel
        mono
        type={masked ? 'password' : 'text'}
        autoComplete="off"
        placeholder={row.kind === 'secret' && kept ? 'kept as it is' : 'value'}
        value={row.value ?? ''}
        onChange={(event) => onChange({ value: event.target.value })}
      />
      <div className={styles['kind']}>
        <ChoiceField
          label={`Kind of ${row.key || 'the new setting'}`}
          hideLabel
          value={row.kind}
          choices={[
            { value: 'plain', label: 'plain' },
            { value: 'secret', label: 'secret' },
          ]}
          onChange={(event) => onChange({ kind: event.target.value === 'secret' ? 'secret' : 'plain', value: row.value ?? '' })}
        />
      </div>
      <Button
        tone="quiet"
        icon={<IconTrash size={16} stroke={1.75} aria-hidden />}
        aria-label={`Remove ${row.key || 'the new setting'}`}
        onClick={onRemove}
      />
    </div>
  )
}

function History({ settings }: { settings: SettingsView }) {
  if (settings.history.length < 2) return null
  return (
    <details className={styles['history']}>
      <summary>Earlier revisions</summary>
      <ul>
        {settings.history
          .toSorted((a, b) => b.number - a.number)
          .map((revision) => (
            <li key={revision.id}>
              {revision.number}: {Object.keys(revision.values).length} keys, <Age at={revision.createdAt} suffix /> by{' '}
              {revision.actor.name}
            </li>
          ))}
      </ul>
    </details>
  )
}
