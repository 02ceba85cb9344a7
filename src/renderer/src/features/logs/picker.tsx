import { IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { LogSource } from '../../../../shared/domain/log'
import type { LogSet } from '../../../../shared/domain/log-kept'
import type { Problem } from '../../../../shared/domain/problem'
import type { ConnectionView } from '../../../../shared/api/connections'
import { client, problemOf, useSession, useWatch } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { ChoiceField, TextField } from '../../ui/field'
import { count } from '../../ui/format'
import { Bone, ProblemNote } from '../../ui/problem'
import { Sheet } from '../../ui/sheet'
import { tell, tellProblem } from '../../ui/toast'
import { sourcesOf } from './foreign'
import { labelsOf } from './labels'
import styles from './picker.module.css'
import { Choices, ServerSources } from './server-sources'
import { useLogs } from './store'

/** What else there is to tail: other environments, what lies on servers, and sets that were saved. */
export function Picker({ onClose }: { onClose: () => void }) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, LogSource>>(new Map())
  const [servers, setServers] = useState<ConnectionView[]>([])
  const [server, setServer] = useState('')
  const [placed, setPlaced] = useState<LogSource[] | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  useWatch(async (signal) => {
    try {
      const [all, views] = await Promise.all([
        client.logs.sources({}, { signal }),
        client.connections.list(undefined, { signal }),
      ])
      if (signal.aborted) return
      setPlaced(all)
      setServers(views.filter(({ connection }) => connection.kind === 'server'))
    } catch (error) {
      if (!signal.aborted) setProblem(problemOf(error))
    }
  }, [])
  const toggle = (source: LogSource) => {
    const next = new Map(chosen)
    if (!next.delete(source.id)) next.set(source.id, source)
    setChosen(next)
  }
  const add = async () => {
    onClose()
    await useLogs.getState().add([...chosen.values()])
  }
  return (
    <Sheet
      edge="accent"
      title="Add sources"
      under="What is followed already goes on undisturbed."
      onClose={onClose}
      foot={
        <>
          <span className={`${card['grow']} dim`}>{chosen.size > 0 ? `${count(chosen.size, 'source')} chosen` : ''}</span>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" disabled={chosen.size === 0} onClick={() => void add()}>
            Add
          </Button>
        </>
      }
    >
      <div className={card['stack']}>
        {problem && <ProblemNote problem={problem} />}
        <Sets onClose={onClose} />
        <Placed sources={placed} chosen={chosen} onToggle={toggle} />
        {servers.length > 0 && (
          <ChoiceField
            label="A server"
            help="Its containers, its units and its files; nothing is changed there."
            value={server}
            choices={[
              { value: '', label: 'Choose a server' },
              ...servers.map(({ connection }) => ({ value: connection.id, label: connection.name })),
            ]}
            onChange={(event) => setServer(event.target.value)}
          />
        )}
        {servers
          .filter(({ connection }) => connection.id === server)
          .map(({ connection }) => (
            <ServerSources key={connection.id} connectionId={connection.id} chosen={chosen} onToggle={toggle} />
          ))}
      </div>
    </Sheet>
  )
}

/** The sources of environments that the view does not have yet. */
function Placed({
  sources,
  chosen,
  onToggle,
}: {
  sources: LogSource[] | null
  chosen: ReadonlyMap<string, LogSource>
  onToggle: (source: LogSource) => void
}) {
  const shown = useLogs((state) => state.sources)
  const apps = useLogs((state) => state.apps)
  const environments = useSession((session) => session.environments)
  if (!sources) return <Bone height={60} />
  const labels = labelsOf(sources, environments, apps)
  const more = sources.filter(({ id }) => !shown?.some((one) => one.id === id))
  if (more.length === 0) return null
  return (
    <Choices
      legend="Environments"
      offers={more.map((source) => ({ source, words: labels.get(source.id)?.place ?? '' }))}
      chosen={chosen}
      onToggle={onToggle}
    />
  )
}

/** Sets by name: the sources that are ticked now, and the filter. */
function Sets({ onClose }: { onClose: () => void }) {
  const [sets, setSets] = useState<LogSet[] | null>(null)
  const [name, setName] = useState('')
  const ticked = useLogs((state) => state.ticked)
  const filter = useLogs((state) => state.filter)
  const load = async () => setSets(await client.logs.sets.list())
  useWatch(() => load().catch(() => setSets([])), [])
  const act = async (call: () => Promise<unknown>, words: string) => {
    try {
      await call()
      tell(words)
      await load()
    } catch (error) {
      tellProblem(problemOf(error))
    }
  }
  const open = async (set: LogSet) => {
    onClose()
    const { add, setFilter } = useLogs.getState()
    await add(await sourcesOf(set.sources, AbortSignal.timeout(15_000)))
    await useLogs.getState().tickOnly(set.sources)
    await setFilter(set.filter)
  }
  return (
    <section className={styles['sets']} aria-label="Saved sets">
      <h3 className="label">Saved sets</h3>
      {sets?.map((set) => (
        <div key={set.id} className={styles['set']}>
          <Button tone="link" onClick={() => void open(set)}>
            {set.name}
          </Button>
          <span className={`${card['grow']} dim`}>{count(set.sources.length, 'source')}</span>
          <Button
            small
            tone="quiet"
            aria-label={`Remove the set ${set.name}`}
            icon={<IconTrash size={15} stroke={1.75} aria-hidden />}
            onClick={() => void act(() => client.logs.sets.remove({ id: set.id }), `${set.name} was removed.`)}
          />
        </div>
      ))}
      <form
        className={styles['save']}
        onSubmit={(event) => {
          event.preventDefault()
          const set = { id: crypto.randomUUID(), name: name.trim(), sources: ticked, filter: { ...filter, range: null } }
          setName('')
          void act(() => client.logs.sets.save(set), `Saved ${set.name}.`)
        }}
      >
        <TextField
          label="Save what is ticked now, and its filter, as"
          value={name}
          maxLength={60}
          placeholder="Checkout in production"
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" disabled={name.trim() === '' || ticked.length === 0}>
          Save the set
        </Button>
      </form>
    </section>
  )
}
