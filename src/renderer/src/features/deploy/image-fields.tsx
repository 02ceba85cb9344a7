import { useId, useState } from 'react'
import { ConnectionId } from '../../../../shared/domain/ids'
import type { ImageOnHost } from '../../../../shared/domain/discovery'
import type { Connection } from '../../../../shared/domain/connection'
import { RegistrySettings, registryOf } from '../../../../shared/domain/registry'
import type { Problem } from '../../../../shared/domain/problem'
import { client, problemOf, useWatch, withVault } from '../../client'
import { Digest } from '../../ui/digest'
import { ChoiceField, TextField } from '../../ui/field'
import styles from './deploy.module.css'
import type { SourceDraft } from './store'

interface ImageProps {
  draft: SourceDraft
  places: readonly string[]
  change: (part: Partial<SourceDraft>) => void
}

/** From where an image that is not there comes, and who signs in for it. */
function pulledFrom(reference: string, registries: readonly Connection[]): string {
  const host = registryOf(reference)
  const known = registries.map((one) => RegistrySettings.safeParse(one.settings).data).find((one) => one?.host === host)
  const who = known?.user ? `as ${known.user}` : 'without signing in'
  const more = known ? '' : ' Add that registry on the page Connections where it wants to know who you are.'
  return `Not there yet: it is pulled from ${host} ${who} when the release is made.${more}`
}

/** An image by its name, as one Docker knows it: of a server, or of this computer. What is there is offered. */
export function ImageFields({ draft, places, change }: ImageProps) {
  const list = useId()
  const [servers, setServers] = useState<Connection[]>([])
  const [registries, setRegistries] = useState<Connection[]>([])
  const [images, setImages] = useState<ImageOnHost[] | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  useWatch(async (signal) => {
    const views = await client.connections.list(undefined, { signal }).catch(() => [])
    const all = views.map((view) => view.connection)
    setRegistries(all.filter((one) => one.kind === 'registry'))
    const known = all.filter((one) => one.kind === 'server')
    setServers(known)
    const here = known.find((one) => places.includes(one.id))
    if (draft.where === '' && draft.reference === '' && here) change({ where: here.id })
  }, [])
  useWatch(
    async (signal) => {
      setImages(null)
      setProblem(null)
      try {
        const id = draft.where === '' ? null : ConnectionId.parse(draft.where)
        setImages(await withVault(() => client.connections.images({ id }, { signal })))
      } catch (error) {
        if (!signal.aborted) setProblem(problemOf(error))
      }
    },
    [draft.where],
  )
  const chosen = images?.find((image) => image.locators.includes(draft.reference) || image.digest === draft.reference)
  const help = problem
    ? undefined
    : chosen
      ? undefined
      : images === null
        ? 'Looking what is there'
        : draft.reference.trim() === ''
          ? `${images.length} images are there. Any other name is pulled.`
          : pulledFrom(draft.reference.trim(), registries)
  return (
    <>
      <ChoiceField
        label="As known by the Docker of"
        value={draft.where}
        choices={[...servers.map((one) => ({ value: one.id, label: one.name })), { value: '', label: 'this computer' }]}
        onChange={(event) => change({ where: event.target.value })}
      />
      <TextField
        label="Image"
        mono
        list={list}
        value={draft.reference}
        placeholder="shop/web:1.4"
        onChange={(event) => change({ reference: event.target.value })}
        error={problem ? [problem.message, problem.fix].filter(Boolean).join(' ') : null}
        help={
          chosen ? (
            <span className={styles['resolved']}>
              Means <Digest digest={chosen.digest} /> now ({chosen.architecture}); the release keeps these bytes, wherever the
              name points later.
            </span>
          ) : (
            help
          )
        }
      />
      <datalist id={list}>
        {images
          ?.flatMap((image) => image.locators)
          .map((locator) => (
            <option key={locator} value={locator} />
          ))}
      </datalist>
    </>
  )
}
