import { Menu } from '@mantine/core'
import { IconDownload, IconLink, IconPlayerStop, IconCopy } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { problemOf } from '../../client'
import { Button } from '../../ui/button'
import { saveBlob } from '../../ui/download'
import { number } from '../../ui/format'
import { tell, tellProblem } from '../../ui/toast'
import { copied } from './copy'
import { view, type ExportFormat } from './view'

const forms: readonly { format: ExportFormat; gzip: boolean; words: string; end: string }[] = [
  { format: 'text', gzip: false, words: 'Text', end: 'log' },
  { format: 'text', gzip: true, words: 'Text, compressed', end: 'log.gz' },
  { format: 'jsonl', gzip: false, words: 'JSON, a line each', end: 'jsonl' },
  { format: 'jsonl', gzip: true, words: 'JSON, compressed', end: 'jsonl.gz' },
]

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))

/** Saves all that passes the filter, and tells how far it is. */
async function save(form: (typeof forms)[number], told: (rows: number, of: number) => void, signal: AbortSignal) {
  const parts: Uint8Array<ArrayBuffer>[] = []
  let rows = 0
  for await (const part of await view.export(form.format, form.gzip, signal)) {
    parts.push(bytesOf(part.base64))
    ;({ rows } = part)
    told(part.rows, part.of)
  }
  const when = new Date().toISOString().slice(0, 19).replaceAll(/[:T]/g, '-')
  saveBlob(`logs-${when}.${form.end}`, new Blob(parts))
  tell(`Saved ${number(rows)} rows. Known secrets are masked in them.`)
}

/** What is shown, taken elsewhere: as a file, as text, as a link. */
export function ExportMenu({ onCopy, link }: { onCopy: () => void; link: () => string }) {
  const [progress, setProgress] = useState<{ rows: number; of: number } | null>(null)
  const over = useRef<AbortController | null>(null)
  const start = async (form: (typeof forms)[number]) => {
    const mine = new AbortController()
    over.current = mine
    setProgress({ rows: 0, of: 0 })
    try {
      await save(form, (rows, of) => setProgress({ rows, of }), mine.signal)
    } catch (error) {
      if (!mine.signal.aborted) tellProblem(problemOf(error))
    }
    setProgress(null)
  }
  if (progress) {
    return (
      <Button
        small
        icon={<IconPlayerStop size={15} stroke={1.75} aria-hidden />}
        onClick={() => over.current?.abort()}
        aria-label="Stop the export"
      >
        {number(progress.rows)} of {number(progress.of)}
      </Button>
    )
  }
  return (
    <Menu withInitialFocusPlaceholder={false} position="bottom-end" width={230} transitionProps={{ duration: 80 }}>
      <Menu.Target>
        <Button small icon={<IconDownload size={15} stroke={1.75} aria-hidden />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown aria-label="Export">
        <Menu.Label>All that passes the filter, as</Menu.Label>
        {forms.map((form) => (
          <Menu.Item key={form.end} onClick={() => void start(form)}>
            {form.words}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconCopy size={14} stroke={1.75} aria-hidden />} onClick={onCopy}>
          Copy what is shown
        </Menu.Item>
        <Menu.Item
          leftSection={<IconLink size={14} stroke={1.75} aria-hidden />}
          onClick={() => void copied(link(), 'Copied a link to this view.')}
        >
          Copy a link to this view
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
