import { useEffect, useState, type ReactNode } from 'react'
import { client, useFolders } from '../../client'
import { SwitchField, TextField } from '../../ui/field'
import { FolderField } from '../../ui/folder-field'
import type { ServiceDraft } from './draft'
import styles from './welcome.module.css'

interface ServiceFormProps {
  service: ServiceDraft
  error: (field: string) => string | null
  onChange: (part: Partial<ServiceDraft>) => void
  children: ReactNode
}

/** One service: its folder, how it starts, and how one knows that it is well. */
export function ServiceForm({ service, error, onChange, children }: ServiceFormProps) {
  const folders = useFolders()
  return (
    <fieldset className={styles['service']}>
      <legend>{service.slug || 'service'}</legend>
      <TextField
        label="Service name"
        mono
        value={service.slug}
        error={error('slug')}
        onChange={(event) => onChange({ slug: event.target.value })}
      />
      <FolderField
        label="Folder"
        value={service.folder}
        error={error('folder')}
        onChange={(folder) => onChange({ folder })}
        folders={folders}
      />
      <TextField
        label="Start command"
        mono
        value={service.start}
        error={error('start')}
        placeholder="node server.js"
        help={<Split text={service.start} />}
        onChange={(event) => onChange({ start: event.target.value })}
      />
      <div className={styles['two']}>
        <TextField
          label="Build command"
          mono
          value={service.build}
          placeholder="none"
          help="Runs in the folder before it is packed."
          onChange={(event) => onChange({ build: event.target.value })}
        />
        <TextField
          label="Release command"
          mono
          value={service.releaseCommand}
          placeholder="none"
          help="Runs once before new instances start: a migration, say."
          onChange={(event) => onChange({ releaseCommand: event.target.value })}
        />
      </div>
      <TextField
        label="Health path"
        mono
        value={service.healthPath}
        error={error('healthPath')}
        placeholder="/health"
        help="Answers 2xx when it is well. Empty: well means alive for ten seconds."
        onChange={(event) => onChange({ healthPath: event.target.value })}
      />
      <SwitchField
        label="People reach it"
        checked={service.route}
        onChange={(route) => onChange({ route })}
        help="It listens on PORT, which is given, and traffic is switched to new instances."
      />
      {children}
    </fieldset>
  )
}

/** What the command means once split: no shell reads it. */
function Split({ text }: { text: string }) {
  const [command, setCommand] = useState<readonly string[] | null>([])
  useEffect(() => {
    const gone = new AbortController()
    const soon = setTimeout(() => {
      client.apps.splitCommand({ text }, { signal: gone.signal }).then(
        (answer) => !gone.signal.aborted && setCommand(answer.command),
        () => undefined,
      )
    }, 120)
    return () => {
      clearTimeout(soon)
      gone.abort()
    }
  }, [text])
  if (text.trim() === '') return <>Split into arguments; no shell reads it.</>
  if (command === null) return <>This cannot be split yet: a quote is open.</>
  return (
    <span className={styles['pieces']} aria-live="polite">
      {command.map((argument, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- arguments may repeat
        <code key={index}>{argument === '' ? '""' : argument}</code>
      ))}
    </span>
  )
}
