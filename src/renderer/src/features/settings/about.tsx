import { useState } from 'react'
import type { Problem } from '../../../../shared/domain/problem'
import { client, problemOf, useSession } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { saveText } from '../../ui/download'
import { ProblemNote } from '../../ui/problem'
import { Dialog } from '../../ui/sheet'
import styles from './settings.module.css'

/** What this is, the workspace as a file, and a report that is seen before it is saved. */
export function About() {
  const host = useSession((session) => session.host)
  const [file, setFile] = useState<{ title: string; fileName: string; text: string } | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const open = async (title: string, read: () => Promise<{ fileName: string; text: string }>) => {
    try {
      setFile({ title, ...(await read()) })
      setProblem(null)
    } catch (error) {
      setProblem(problemOf(error))
    }
  }
  return (
    <div className={card['stack']}>
      {problem && <ProblemNote problem={problem} />}
      {host && (
        <dl className={styles['facts']}>
          <dt>Slipway</dt>
          <dd>{host.version}</dd>
          <dt>Data folder</dt>
          <dd className="mono">{host.dataDir}</dd>
          <dt>Installation</dt>
          <dd className="mono">{host.installationId}</dd>
        </dl>
      )}
      <div className={card['inline']}>
        <Button onClick={() => void open('Export the workspace', () => client.workspace.exportText())}>
          Export the workspace
        </Button>
        <Button onClick={() => void open('Save a report', () => client.host.report())}>Save a report</Button>
      </div>
      <p className="dim">Neither holds a secret. You see the text before it is saved.</p>
      {file && (
        <Dialog
          wide
          title={file.title}
          onClose={() => setFile(null)}
          foot={
            <>
              <Button onClick={() => setFile(null)}>Cancel</Button>
              <Button
                tone="primary"
                onClick={() => {
                  saveText(file.fileName, file.text)
                  setFile(null)
                }}
              >
                Save {file.fileName}
              </Button>
            </>
          }
        >
          <pre className={card['output']} tabIndex={0} aria-label="What is saved">
            {file.text}
          </pre>
        </Dialog>
      )}
    </div>
  )
}
