import { useFolders } from '../../client'
import { ChoiceField, TextField } from '../../ui/field'
import { FolderField } from '../../ui/folder-field'
import styles from './deploy.module.css'
import { ImageFields } from './image-fields'
import { useDeploy, type SourceDraft } from './store'

const choices: Record<'bundle' | 'image', { value: SourceDraft['kind']; label: string }[]> = {
  bundle: [
    { value: 'folder', label: 'a folder on this computer' },
    { value: 'tar', label: 'a tar file on this computer' },
    { value: 'keep', label: 'what runs there now' },
  ],
  image: [
    { value: 'image', label: 'an image by its name' },
    { value: 'image-file', label: 'a file of docker save' },
    { value: 'keep', label: 'what runs there now' },
  ],
}

interface SourceProps {
  serviceId: string
  slug: string
  takes: 'bundle' | 'image'
  /** The connections where the service runs. */
  places: readonly string[]
}

/** From where one service of the new release is taken. */
export function SourceForm({ serviceId, slug, takes, places }: SourceProps) {
  const draft = useDeploy((state) => state.drafts[serviceId])
  const change = useDeploy((state) => state.change)
  const folders = useFolders()
  if (!draft) return null
  const kinds = choices[takes]
  return (
    <fieldset className={styles['service']}>
      <legend>{slug}</legend>
      <ChoiceField
        label="Taken from"
        value={draft.kind}
        choices={kinds}
        onChange={(event) =>
          change(serviceId, { kind: kinds.find((kind) => kind.value === event.target.value)?.value ?? 'keep' })
        }
      />
      {draft.kind === 'folder' && (
        <>
          <FolderField
            label="Folder"
            value={draft.folder}
            onChange={(folder) => change(serviceId, { folder })}
            folders={folders}
          />
          <TextField
            label="Build command"
            mono
            value={draft.build}
            onChange={(event) => change(serviceId, { build: event.target.value })}
            placeholder="none"
            help="Runs in the folder before it is packed."
          />
        </>
      )}
      {(draft.kind === 'tar' || draft.kind === 'image-file') && (
        <TextField
          label="File"
          mono
          value={draft.file}
          onChange={(event) => change(serviceId, { file: event.target.value })}
          placeholder={draft.kind === 'tar' ? '/path/to/release.tar' : '/path/to/image.tar'}
          help={draft.kind === 'image-file' ? 'Written by: docker save -o image.tar NAME' : undefined}
        />
      )}
      {draft.kind === 'image' && <ImageFields draft={draft} places={places} change={(part) => change(serviceId, part)} />}
    </fieldset>
  )
}
