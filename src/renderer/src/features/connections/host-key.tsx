import { useState } from 'react'
import type { Connection } from '../../../../shared/domain/connection'
import type { HostKeyQuestion } from '../../../../shared/domain/server'
import { useWatch } from '../../client'
import { Button } from '../../ui/button'
import { ProblemNote } from '../../ui/problem'
import { Dialog } from '../../ui/sheet'
import styles from './connections.module.css'
import { useConnections } from './store'

interface HostKeyProps {
  connection: Connection
  question: HostKeyQuestion
  onClose: () => void
  onTrusted: () => void
}

/** What takes the old key away, from each file that has it (`file:line`). */
const removing = ({ name, known }: HostKeyQuestion) =>
  [...new Set(known.map((one) => one.where.replace(/:\d+$/, '')))].map((file) => `ssh-keygen -f ${file} -R '${name}'`).join('\n')

/** A key that was not seen before can be trusted; one that changed or was revoked cannot, from here. */
export function HostKeyDialog({ connection, question, onClose, onTrusted }: HostKeyProps) {
  const { trust, begin, asked: problem } = useConnections()
  useWatch(() => begin(), [])
  const [busy, setBusy] = useState(false)
  const unknown = question.state === 'unknown'
  const accept = async () => {
    setBusy(true)
    const done = await trust(connection.id, question)
    setBusy(false)
    if (done) onTrusted()
  }
  return (
    <Dialog
      wide
      title={unknown ? `Is this ${question.name}?` : `${question.name} shows another key`}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{unknown ? 'Cancel' : 'Close'}</Button>
          {unknown && (
            <Button tone="primary" busy={busy} onClick={() => void accept()}>
              Trust this key
            </Button>
          )}
        </>
      }
    >
      {problem && <ProblemNote problem={problem} />}
      <p className={unknown ? '' : styles['alarm']}>
        {unknown
          ? 'It was not seen before. Compare its fingerprint with what the server itself says; whoever sits between you and it could show another.'
          : question.state === 'revoked'
            ? 'The key that it shows is marked as revoked: it is known to be in wrong hands. Nothing was sent, and Slipway does not go on.'
            : 'Somebody may sit between you and the server, or it was set up anew. Nothing was sent, and Slipway does not go on.'}
      </p>
      <dl className={styles['keys']}>
        <div data-other={!unknown || undefined}>
          <dt>It shows</dt>
          <dd>
            <code>{question.fingerprint}</code>
            <span className="dim">{question.keyType}</span>
          </dd>
        </div>
        {question.known.map((known) => (
          <div key={`${known.where} ${known.fingerprint}`}>
            <dt>Known is</dt>
            <dd>
              <code>{known.fingerprint}</code>
              <span className="dim">{known.where}</span>
            </dd>
          </div>
        ))}
      </dl>
      {question.state === 'revoked' ? (
        <p className="dim">The server needs a new host key. Ask who runs it.</p>
      ) : (
        <>
          <p className="dim">
            {unknown
              ? 'On the server, this prints the fingerprints to compare with:'
              : 'Ask who runs the server whether its key was changed. If it was, remove the old line with this, then test again:'}
          </p>
          <pre className={styles['command']}>
            {unknown ? 'for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf "$f"; done' : removing(question)}
          </pre>
        </>
      )}
    </Dialog>
  )
}
