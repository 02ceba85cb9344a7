import { useState } from 'react'
import type { ConnectionId } from '../../../../shared/domain/ids'
import type { LogDiscovery, LogSource } from '../../../../shared/domain/log'
import type { Problem } from '../../../../shared/domain/problem'
import { client, problemOf, useWatch } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { TextField } from '../../ui/field'
import { ago, number } from '../../ui/format'
import { Bone, ProblemNote } from '../../ui/problem'
import styles from './picker.module.css'

interface Choosing {
  chosen: ReadonlyMap<string, LogSource>
  onToggle: (source: LogSource) => void
}

const most = 60

/** What of one server can be tailed, by a word in its name, or by a path that is typed. */
export function ServerSources({ connectionId, chosen, onToggle }: Choosing & { connectionId: ConnectionId }) {
  const [found, setFound] = useState<LogDiscovery | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [word, setWord] = useState('')
  const [seenAt, setSeenAt] = useState(0)
  useWatch(
    async (signal) => {
      try {
        const discovery = await client.logs.discover({ connectionId }, { signal })
        if (signal.aborted) return
        setFound(discovery)
        setSeenAt(Date.now())
      } catch (error) {
        if (!signal.aborted) setProblem(problemOf(error))
      }
    },
    [connectionId],
  )
  const holds = ({ source }: { source: LogSource }) => nameOf(source).toLowerCase().includes(word.toLowerCase())
  return (
    <div className={card['stack']}>
      {problem && <ProblemNote problem={problem} />}
      {found?.problems.map((one) => (
        <ProblemNote key={one.message} problem={one} />
      ))}
      <Path connectionId={connectionId} onToggle={onToggle} />
      {!found && !problem && (
        <div className={card['stack']} role="status" aria-label="Looking at the server">
          <Bone height={28} />
          <Bone height={28} />
          <Bone height={28} />
        </div>
      )}
      {found && (
        <>
          <TextField label="Find among them" value={word} onChange={(event) => setWord(event.target.value)} />
          <Choices legend="Containers" offers={found.containers.filter(holds)} chosen={chosen} onToggle={onToggle} />
          <Choices legend="Units" offers={found.units.filter(holds)} chosen={chosen} onToggle={onToggle} />
          <Choices
            legend="Files"
            offers={found.files
              .filter(holds)
              .toSorted((a, b) => (b.writtenAt ?? 0) - (a.writtenAt ?? 0))
              .map((one) => ({
                ...one,
                words: one.writtenAt === null ? one.words : `${one.words}, written ${ago(Math.max(0, seenAt - one.writtenAt))}`,
              }))}
            chosen={chosen}
            onToggle={onToggle}
          />
        </>
      )}
    </div>
  )
}

/** What a source is called in full: a file by its path. */
function nameOf({ origin, name }: LogSource): string {
  switch (origin.kind) {
    case 'placement':
      return name
    case 'container':
      return origin.container
    case 'unit':
      return origin.unit ?? 'The whole journal'
    case 'file':
      return origin.path
    default:
      return origin satisfies never
  }
}

/** Sources to tick, each with a word on it. */
export function Choices({
  legend,
  offers,
  chosen,
  onToggle,
}: Choosing & { legend: string; offers: readonly { source: LogSource; words: string }[] }) {
  if (offers.length === 0) return null
  return (
    <fieldset className={styles['choices']}>
      <legend className="label">{legend}</legend>
      {offers.slice(0, most).map(({ source, words }) => (
        <label key={source.id} className={styles['choice']}>
          <input type="checkbox" checked={chosen.has(source.id)} onChange={() => onToggle(source)} />
          <span className={`${styles['what']} clip`} title={nameOf(source)}>
            {nameOf(source)}
          </span>
          <span className="dim clip">{words}</span>
        </label>
      ))}
      {offers.length > most && <p className="dim">{number(offers.length - most)} more: type a part of the name.</p>}
    </fieldset>
  )
}

/** A file that was not discovered, or a pattern of many. */
function Path({ connectionId, onToggle }: { connectionId: ConnectionId; onToggle: Choosing['onToggle'] }) {
  const [path, setPath] = useState('')
  const [problem, setProblem] = useState<Problem | null>(null)
  const take = async () => {
    try {
      onToggle(await client.logs.sourceOf({ origin: { kind: 'file', connectionId, path } }))
      setPath('')
      setProblem(null)
    } catch (error) {
      setProblem(problemOf(error))
    }
  }
  return (
    <form
      className={styles['save']}
      onSubmit={(event) => {
        event.preventDefault()
        void take()
      }}
    >
      <TextField
        label="A file by its path, or many by a pattern"
        mono
        value={path}
        placeholder="/var/log/nginx/*.log"
        spellCheck={false}
        error={problem?.message}
        onChange={(event) => setPath(event.target.value)}
      />
      <Button type="submit" disabled={path === ''}>
        Choose it
      </Button>
    </form>
  )
}
