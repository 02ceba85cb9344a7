import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import type { PlacementView, FieldView } from '../../../../shared/api/placements'
import type { Connection } from '../../../../shared/domain/connection'
import type { ConnectionId } from '../../../../shared/domain/ids'
import type { Target } from '../../../../shared/domain/placement'
import type { Problem } from '../../../../shared/domain/problem'
import { client, problemOf, useWatch, withVault } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { ChoiceField } from '../../ui/field'
import { FieldsForm, type FieldValues } from '../../ui/fields-form'
import { Bone, Empty, ProblemNote } from '../../ui/problem'
import { Dialog } from '../../ui/sheet'
import { tell } from '../../ui/toast'
import styles from './environment.module.css'

interface ProviderForm {
  kind: string
  name: string
  connectionKind: string
  accepts: string[]
  fields: FieldView[]
}

/** Where each service runs: added, changed, or taken out of the workspace. */
export function Targets({ view }: { view: PlacementView }) {
  const [providers, setProviders] = useState<ProviderForm[] | null>(null)
  const [connections, setConnections] = useState<Connection[]>([])
  const [problem, setProblem] = useState<Problem | null>(null)
  const [edited, setEdited] = useState<Target | 'new' | null>(null)
  useWatch(async (signal) => {
    try {
      const [forms, views] = await Promise.all([
        client.placements.providers(undefined, { signal }),
        client.connections.list(undefined, { signal }),
      ])
      setProviders(forms)
      setConnections(views.map((one) => one.connection))
    } catch (error) {
      if (!signal.aborted) setProblem(problemOf(error))
    }
  }, [])
  if (!providers)
    return <div className={card['padded']}>{problem ? <ProblemNote problem={problem} /> : <Bone height={80} />}</div>
  const { targets } = view.placement
  return (
    <div className={`${card['padded']} ${card['stack']}`}>
      {problem && <ProblemNote problem={problem} />}
      {targets.length === 0 && <Empty title="Nothing says yet where its services run here." />}
      {targets.length > 0 && (
        <ul className={styles['targets']}>
          {targets.map((target) => (
            <li key={target.id}>
              <strong>{view.app.services.find((one) => one.id === target.serviceId)?.slug ?? 'a service that is gone'}</strong>
              <span>{providers.find((one) => one.kind === target.provider)?.name ?? target.provider}</span>
              <span className={`${card['grow']} dim`}>
                {target.connectionIds
                  .map((id) => connections.find((one) => one.id === id)?.name ?? 'a connection that is gone')
                  .join(', ')}
              </span>
              <Button small onClick={() => setEdited(target)}>
                Change
              </Button>
            </li>
          ))}
        </ul>
      )}
      <div>
        <Button icon={<IconPlus size={16} stroke={1.75} aria-hidden />} onClick={() => setEdited('new')}>
          Add a target
        </Button>
      </div>
      {edited && (
        <TargetDialog
          view={view}
          target={edited === 'new' ? null : edited}
          providers={providers}
          connections={connections}
          onClose={() => setEdited(null)}
        />
      )}
    </div>
  )
}

interface DialogProps {
  view: PlacementView
  target: Target | null
  providers: readonly ProviderForm[]
  connections: readonly Connection[]
  onClose: () => void
}

function TargetDialog({ view, target, providers, connections, onClose }: DialogProps) {
  const [serviceId, setServiceId] = useState<string>(target?.serviceId ?? view.app.services[0]?.id ?? '')
  const service = view.app.services.find((one) => one.id === serviceId)
  const able = providers.filter((one) => service && one.accepts.includes(service.artifactKind))
  const [kind, setKind] = useState(target?.provider ?? '')
  const provider = able.find((one) => one.kind === kind) ?? able[0]
  const [ids, setIds] = useState<ReadonlySet<ConnectionId>>(new Set(target?.connectionIds))
  const [values, setValues] = useState<FieldValues>(target?.settings ?? {})
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)
  const places = connections.filter((one) => one.kind === provider?.connectionKind)
  const act = async (work: () => Promise<unknown>, words: string) => {
    setBusy(true)
    setProblem(null)
    try {
      await withVault(work)
      tell(words)
      onClose()
    } catch (error) {
      setProblem(problemOf(error))
      setBusy(false)
    }
  }
  const save = () =>
    void act(
      () =>
        client.placements.setTarget({
          placementId: view.placement.id,
          targetId: target?.id ?? null,
          serviceId: serviceId,
          provider: provider?.kind ?? '',
          connectionIds: [...ids],
          settings: values as Target['settings'],
        }),
      'The target is saved. What runs there is as it was; the next plan uses it.',
    )
  return (
    <Dialog
      wide
      title={target ? 'Change the target' : 'Add a target'}
      onClose={onClose}
      foot={
        <>
          {target && (
            <Button
              tone="danger"
              busy={busy}
              onClick={() =>
                void act(
                  () => client.placements.removeTarget({ placementId: view.placement.id, targetId: target.id }),
                  'The target is no longer known here. What runs there goes on.',
                )
              }
            >
              Take it out
            </Button>
          )}
          <span className={card['grow']} />
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" busy={busy} disabled={!provider || ids.size === 0} onClick={save}>
            Save
          </Button>
        </>
      }
    >
      {problem && <ProblemNote problem={problem} />}
      <ChoiceField
        label="Service"
        disabled={target !== null}
        value={serviceId}
        choices={view.app.services.map((one) => ({ value: one.id, label: one.slug }))}
        onChange={(event) => setServiceId(event.target.value)}
      />
      <ChoiceField
        label="Runs by"
        disabled={target !== null}
        value={provider?.kind ?? ''}
        choices={able.map((one) => ({ value: one.kind, label: one.name }))}
        onChange={(event) => setKind(event.target.value)}
      />
      <fieldset className={styles['places']}>
        <legend className="label">On</legend>
        {places.map((one) => (
          <label key={one.id}>
            <input
              type="checkbox"
              checked={ids.has(one.id)}
              onChange={(event) => {
                const next = new Set(ids)
                if (event.target.checked) next.add(one.id)
                else next.delete(one.id)
                setIds(next)
              }}
            />
            {one.name}
          </label>
        ))}
        {places.length === 0 && (
          <span className="dim">No connection of this kind is known yet. Add one on the Connections page.</span>
        )}
      </fieldset>
      {provider && <FieldsForm fields={provider.fields} values={values} onChange={setValues} />}
    </Dialog>
  )
}
