import { IconArrowDown, IconArrowUp, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { Environment, FreezeWindow } from '../../../../shared/domain/environment'
import type { Problem } from '../../../../shared/domain/problem'
import { client, problemOf, useSession } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { SwitchField, TextField } from '../../ui/field'
import { ProblemNote } from '../../ui/problem'
import { Rename } from '../../ui/rename'
import { offerUndo, tellProblem } from '../../ui/toast'
import { Freezes } from './freezes'
import styles from './settings.module.css'

async function changed(call: () => Promise<unknown>): Promise<Problem | null> {
  try {
    await call()
    await useSession.getState().loadWorkspace()
    return null
  } catch (error) {
    return problemOf(error)
  }
}

const formOf = ({ id, name, protected: guarded, freezeWindows }: Environment) => ({ id, name, protected: guarded, freezeWindows })

async function rename(environment: Environment, name: string) {
  await client.environments.update({ ...formOf(environment), name })
  await useSession.getState().loadWorkspace()
}

async function remove(environment: Environment) {
  const problem = await changed(() => client.environments.remove({ id: environment.id }))
  if (problem) return tellProblem(problem)
  const undo = async () => {
    const failed = await changed(() => client.environments.undoRemove({ id: environment.id }))
    if (failed) tellProblem(failed)
  }
  offerUndo(`${environment.name} was removed.`, () => void undo())
}

/** The stages of the workspace, in promotion order. */
export function Environments() {
  const environments = useSession((session) => session.environments).toSorted((a, b) => a.position - b.position)
  const [problem, setProblem] = useState<Problem | null>(null)
  const act = async (call: () => Promise<unknown>) => setProblem(await changed(call))
  const move = (index: number, by: -1 | 1) => {
    const ids = environments.map((one) => one.id)
    const [moved] = ids.splice(index, 1)
    if (moved) ids.splice(index + by, 0, moved)
    void act(() => client.environments.reorder({ ids }))
  }
  const update = (environment: Environment, part: Partial<{ protected: boolean; freezeWindows: FreezeWindow[] }>) =>
    void act(() => client.environments.update({ ...formOf(environment), ...part }))
  return (
    <div className={card['stack']}>
      {problem && <ProblemNote problem={problem} />}
      {environments.length === 0 && (
        <p className="dim">There is no environment yet. The first app brings dev, staging and production, or make one here.</p>
      )}
      {environments.map((environment, index) => (
        <section key={environment.id} className={styles['environment']} aria-label={environment.name}>
          <div className={card['inline']}>
            <strong className={environment.protected ? styles['guarded'] : ''}>{environment.slug}</strong>
            <span className={card['grow']}>
              <Rename name={environment.name} what="the environment" save={(name) => rename(environment, name)} />
            </span>
            <Button
              small
              tone="quiet"
              icon={<IconArrowUp size={15} stroke={1.75} aria-hidden />}
              aria-label={`Move ${environment.slug} earlier`}
              disabled={index === 0}
              onClick={() => move(index, -1)}
            />
            <Button
              small
              tone="quiet"
              icon={<IconArrowDown size={15} stroke={1.75} aria-hidden />}
              aria-label={`Move ${environment.slug} later`}
              disabled={index === environments.length - 1}
              onClick={() => move(index, 1)}
            />
            <Button
              small
              tone="quiet"
              icon={<IconTrash size={15} stroke={1.75} aria-hidden />}
              aria-label={`Remove ${environment.slug}`}
              onClick={() => void remove(environment)}
            />
          </div>
          <SwitchField
            label="Protected"
            help="Its name must be typed before it changes, and it has its own colour."
            checked={environment.protected}
            onChange={(on) => update(environment, { protected: on })}
          />
          <Freezes
            slug={environment.slug}
            windows={environment.freezeWindows}
            onChange={(freezeWindows) => update(environment, { freezeWindows })}
          />
        </section>
      ))}
      <NewEnvironment onMake={(input) => act(() => client.environments.create(input))} />
    </div>
  )
}

function NewEnvironment({ onMake }: { onMake: (input: { slug: string; name: string; protected: boolean }) => Promise<void> }) {
  const [slug, setSlug] = useState('')
  const valid = /^[a-z][a-z0-9-]{0,30}$/.test(slug)
  const submit = async () => {
    await onMake({ slug, name: slug.charAt(0).toUpperCase() + slug.slice(1), protected: false })
    setSlug('')
  }
  return (
    <form
      className={styles['new']}
      onSubmit={(event) => {
        event.preventDefault()
        if (valid) void submit()
      }}
    >
      <TextField
        label="New environment"
        mono
        placeholder="preview"
        value={slug}
        onChange={(event) => setSlug(event.target.value)}
        error={slug === '' || valid ? null : 'A lower-case letter first, then letters, digits or dashes'}
      />
      <Button type="submit" disabled={!valid}>
        Add
      </Button>
    </form>
  )
}
