import { IconTerminal2 } from '@tabler/icons-react'
import { Suspense, lazy, useState } from 'react'
import type { PlacementView } from '../../../../shared/api/placements'
import { ConnectionId, PlacementId } from '../../../../shared/domain/ids'
import type { Problem } from '../../../../shared/domain/problem'
import { client, problemOf, useWatch } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { ChoiceField, TextField } from '../../ui/field'
import { Bone, Empty, ProblemNote } from '../../ui/problem'
import { Sheet } from '../../ui/sheet'
import type { Opening } from './session'

const Screen = lazy(() => import('./screen'))

/** A shell in a running instance, or a command once. A protected environment wants its name typed. */
export default function TerminalSheet({ placementId, onClose }: { placementId: string; onClose: () => void }) {
  const [view, setView] = useState<PlacementView | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [opening, setOpening] = useState<Opening | null>(null)
  useWatch(
    async (signal) => {
      try {
        for await (const next of await client.placements.watch({ placementId: PlacementId.parse(placementId) }, { signal })) {
          setView(next)
          break
        }
      } catch (error) {
        if (!signal.aborted) setProblem(problemOf(error))
      }
    },
    [placementId],
  )
  const guarded = view?.environment.protected ?? false
  return (
    <Sheet
      edge={guarded ? 'protected' : 'accent'}
      title={view ? `A terminal in ${view.app.slug} / ${view.environment.slug}` : 'A terminal'}
      under="Opening it, and its end, are written in the audit. What is typed is not."
      onClose={onClose}
    >
      {problem && <ProblemNote problem={problem} />}
      {!view && !problem && <Bone height={120} />}
      {view && !opening && <Choose view={view} onOpen={setOpening} />}
      {opening && (
        <Suspense fallback={<Bone height={420} />}>
          <Screen opening={opening} onAgain={() => setOpening(null)} />
        </Suspense>
      )}
    </Sheet>
  )
}

function Choose({ view, onOpen }: { view: PlacementView; onOpen: (opening: Opening) => void }) {
  const instances = view.observations.flatMap((seen) => {
    const target = view.placement.targets.find((one) => one.id === seen.targetId)
    return seen.instances.map((instance) => ({ instance, serviceId: target?.serviceId }))
  })
  const [what, setWhat] = useState<'shell' | 'once'>('shell')
  const [chosen, setChosen] = useState(instances[0]?.instance.id ?? '')
  const [command, setCommand] = useState('')
  const [typed, setTyped] = useState('')
  const [problem, setProblem] = useState<Problem | null>(null)
  const picked = instances.find((one) => one.instance.id === chosen)
  const guarded = view.environment.protected
  const ready = picked?.serviceId && (!guarded || typed === view.environment.slug) && (what === 'shell' || command.trim() !== '')
  const submit = async () => {
    if (!picked?.serviceId) return
    const common = { placementId: view.placement.id, serviceId: picked.serviceId, ...(guarded && { typedName: typed }) }
    try {
      if (what === 'shell') return onOpen({ ...common, what: { kind: 'shell', instance: chosen } })
      const split = await client.apps.splitCommand({ text: command })
      if (!split.command)
        return setProblem({ code: 'no-command', data: {}, message: 'The command is empty or has an open quote.' })
      return onOpen({
        ...common,
        what: { kind: 'once', command: split.command, connectionId: ConnectionId.parse(picked.instance.connectionId) },
      })
    } catch (error) {
      return setProblem(problemOf(error))
    }
  }
  if (instances.length === 0) return <Empty title="Nothing runs here. Deploy first." />
  return (
    <form
      className={card['stack']}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      {problem && <ProblemNote problem={problem} />}
      <ChoiceField
        label="What"
        value={what}
        choices={[
          { value: 'shell', label: 'a shell in a running instance' },
          { value: 'once', label: 'a command once, in an instance of its own' },
        ]}
        onChange={(event) => setWhat(event.target.value === 'once' ? 'once' : 'shell')}
      />
      <ChoiceField
        label={what === 'shell' ? 'Instance' : 'With the image and the settings of'}
        value={chosen}
        choices={instances.map(({ instance }) => ({ value: instance.id, label: instance.id }))}
        onChange={(event) => setChosen(event.target.value)}
      />
      {what === 'once' && (
        <TextField
          label="Command"
          mono
          value={command}
          onChange={(event) => setCommand(event.target.value)}
          placeholder="bin/console migrate --status"
          help="It is removed when it ends."
        />
      )}
      {guarded && (
        <TextField
          label={`Type ${view.environment.slug} to go on`}
          mono
          value={typed}
          autoComplete="off"
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
      <div>
        <Button
          type="submit"
          tone={guarded ? 'protected' : 'primary'}
          icon={<IconTerminal2 size={16} stroke={1.75} aria-hidden />}
          disabled={!ready}
        >
          Open
        </Button>
      </div>
    </form>
  )
}
