import { ChoiceField, TextField } from '../../ui/field'
import { FolderField } from '../../ui/folder-field'
import { useFolders } from '../../client'
import styles from './deploy.module.css'
import { useDeploy } from './store'

/** From where one service of the new release is taken. */
export function SourceForm({ serviceId, slug }: { serviceId: string; slug: string }) {
  const draft = useDeploy((state) => state.drafts[serviceId])
  const change = useDeploy((state) => state.change)
  const folders = useFolders()
  if (!draft) return null
  return (
    <fieldset className={styles['service']}>
      <legend>{slug}</legend>
      <ChoiceField
        label="Taken from"
        value={draft.kind}
        choices={[
          { value: 'folder', label: 'a folder on this computer' },
          { value: 'tar', label: 'a tar file on this computer' },
          { value: 'keep', label: 'what runs there now' },
        ]}
        onChange={(event) =>
          change(serviceId, { kind: event.target.value === 'folder' ? 'folder' : event.target.value === 'tar' ? 'tar' : 'keep' })
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
      {draft.kind === 'tar' && (
        <TextField
          label="File"
          mono
          value={draft.file}
          onChange={(event) => change(serviceId, { file: event.target.value })}
          placeholder="/path/to/release.tar"
        />
      )}
    </fieldset>
  )
}
