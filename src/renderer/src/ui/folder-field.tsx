import { IconCornerLeftUp, IconFolder } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { Button } from './button'
import { Bone, Empty } from './problem'
import { Dialog } from './sheet'
import { TextField } from './field'
import styles from './folder-field.module.css'

interface FolderPage {
  path: string
  parent: string | null
  folders: string[]
  truncated: boolean
}

export interface FolderFieldProps {
  label: string
  value: string
  onChange: (folder: string) => void
  error?: string | null
  folders: { choose: (() => Promise<string | null>) | null; list: (path: string | null) => Promise<FolderPage> }
}

/** A folder of this computer: typed, or picked. */
export function FolderField({ label, value, onChange, error, folders }: FolderFieldProps) {
  const [picking, setPicking] = useState(false)
  const pick = async () => {
    if (!folders.choose) return setPicking(true)
    const folder = await folders.choose()
    if (folder) onChange(folder)
  }
  return (
    <div className={styles['field']}>
      <TextField
        label={label}
        mono
        value={value}
        error={error}
        onChange={(event) => onChange(event.target.value)}
        placeholder="/path/to/folder"
      />
      <Button className={styles['pick']} icon={<IconFolder size={16} stroke={1.75} aria-hidden />} onClick={() => void pick()}>
        Choose
      </Button>
      {picking && (
        <Picker
          start={value === '' ? null : value}
          list={folders.list}
          onClose={() => setPicking(false)}
          onPick={(folder) => {
            setPicking(false)
            onChange(folder)
          }}
        />
      )}
    </div>
  )
}

function Picker({
  start,
  list,
  onClose,
  onPick,
}: {
  start: string | null
  list: FolderFieldProps['folders']['list']
  onClose: () => void
  onPick: (folder: string) => void
}) {
  const [at, setAt] = useState(start)
  const [page, setPage] = useState<FolderPage | null>(null)
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    let gone = false
    const read = async () => {
      try {
        const next = await list(at)
        if (!gone) setPage(next)
      } catch {
        // What was typed may not exist: begin at the home folder then.
        if (!gone && at !== null) setAt(null)
        else if (!gone) setFailed(true)
      }
    }
    void read()
    return () => {
      gone = true
    }
  }, [at, list])
  const join = (name: string) => (page?.path.endsWith('/') ? `${page.path}${name}` : `${page?.path ?? ''}/${name}`)
  return (
    <Dialog
      title="Choose a folder"
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" disabled={!page} onClick={() => page && onPick(page.path)}>
            Take this folder
          </Button>
        </>
      }
    >
      {failed && <Empty title="The folders of this computer cannot be read. Type the path instead." />}
      {!page && !failed && <Bone height={200} />}
      {page && (
        <>
          <div className="mono clip" title={page.path}>
            {page.path}
          </div>
          <ul className={styles['list']}>
            {page.parent !== null && (
              <li>
                <button type="button" onClick={() => setAt(page.parent)}>
                  <IconCornerLeftUp size={16} stroke={1.75} aria-hidden /> One up
                </button>
              </li>
            )}
            {page.folders.map((name) => (
              <li key={name}>
                <button type="button" onClick={() => setAt(join(name))}>
                  <IconFolder size={16} stroke={1.75} aria-hidden /> <span className="clip">{name}</span>
                </button>
              </li>
            ))}
            {page.truncated && <li className="dim">More than can be listed. Type the path instead.</li>}
          </ul>
        </>
      )}
    </Dialog>
  )
}
