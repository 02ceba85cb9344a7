import { useState, type FormEvent } from 'react'
import type { Problem } from '../../../shared/domain/problem'
import type { KeyHome } from '../../../shared/domain/vault'
import { client, problemOf, useSession } from '../client'
import { Button } from '../ui/button'
import { CardChoice, TextField } from '../ui/field'
import { ProblemNote } from '../ui/problem'
import { Dialog } from '../ui/sheet'

interface VaultDialogProps {
  kind: 'create' | 'unlock'
  settle: (open: boolean) => void
}

/** Asks where the key of the secrets is to live, or for the passphrase that opens it. */
export default function VaultDialog({ kind, settle }: VaultDialogProps) {
  return kind === 'create' ? <Create settle={settle} /> : <Unlock settle={settle} />
}

function useCall(settle: (open: boolean) => void) {
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)
  const run = async (call: () => Promise<unknown>) => {
    setBusy(true)
    setProblem(null)
    try {
      await call()
      await useSession.getState().loadVault()
      settle(true)
    } catch (error) {
      setProblem(problemOf(error))
      setBusy(false)
    }
  }
  return { problem, busy, run }
}

function Create({ settle }: { settle: (open: boolean) => void }) {
  const vault = useSession((session) => session.vault)
  const keychain = vault?.state === 'empty' ? vault.keychain : null
  const usable = keychain === null || keychain.usable !== false
  const [home, setHome] = useState<KeyHome>(usable ? 'keychain' : 'passphrase')
  const [passphrase, setPassphrase] = useState('')
  const [again, setAgain] = useState('')
  const { problem, busy, run } = useCall(settle)
  const fits = home !== 'passphrase' || (passphrase.length >= 12 && passphrase === again)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!fits || busy) return
    void run(() => client.vault.create(home === 'passphrase' ? { home, passphrase } : { home }))
  }
  const why =
    keychain?.usable === false
      ? `Cannot be used here: ${keychain.why}`
      : keychain?.usable === true
        ? `Kept by ${keychain.name}; open whenever you are signed in.`
        : 'Kept by the system; open whenever you are signed in.'
  return (
    <Dialog
      title="Where should the key to your secrets live?"
      onClose={() => settle(false)}
      foot={
        <>
          <Button onClick={() => settle(false)}>Cancel</Button>
          <Button tone="primary" type="submit" form="vault-create" busy={busy} disabled={!fits}>
            Use this
          </Button>
        </>
      }
    >
      <form id="vault-create" onSubmit={submit} style={{ display: 'contents' }}>
        {problem && <ProblemNote problem={problem} />}
        <p>This is the first secret. Secrets are sealed in the data folder under one key.</p>
        <CardChoice
          label="Home of the key"
          value={home}
          onChange={setHome}
          choices={[
            { value: 'keychain', label: 'The keychain of this computer', help: why, disabled: !usable },
            { value: 'passphrase', label: 'A passphrase', help: 'You type it after each start. Nobody can recover it for you.' },
            {
              value: 'session',
              label: 'This session only',
              help: 'Secrets are forgotten when Slipway ends and must be given again.',
            },
          ]}
        />
        {home === 'passphrase' && (
          <>
            <TextField
              label="Passphrase"
              type="password"
              autoComplete="new-password"
              value={passphrase}
              onChange={(event) => setPassphrase(event.target.value)}
              help="At least twelve signs"
            />
            <TextField
              label="Once more"
              type="password"
              autoComplete="new-password"
              value={again}
              onChange={(event) => setAgain(event.target.value)}
              error={again !== '' && again !== passphrase ? 'The two differ' : null}
            />
          </>
        )}
      </form>
    </Dialog>
  )
}

function Unlock({ settle }: { settle: (open: boolean) => void }) {
  const vault = useSession((session) => session.vault)
  const [passphrase, setPassphrase] = useState('')
  const { problem, busy, run } = useCall(settle)
  const typed = vault?.state !== 'locked' || vault.home === 'passphrase'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!busy) void run(() => client.vault.unlock({ passphrase: typed ? passphrase : null }))
  }
  return (
    <Dialog
      title="The vault is locked"
      onClose={() => settle(false)}
      foot={
        <>
          <Button onClick={() => settle(false)}>Cancel</Button>
          <Button tone="primary" type="submit" form="vault-unlock" busy={busy} disabled={typed && passphrase === ''}>
            Unlock
          </Button>
        </>
      }
    >
      <form id="vault-unlock" onSubmit={submit} style={{ display: 'contents' }}>
        {problem && <ProblemNote problem={problem} />}
        {vault?.state === 'locked' && <p>{vault.why}</p>}
        {typed && (
          <TextField
            label="Passphrase"
            type="password"
            autoComplete="current-password"
            data-autofocus
            value={passphrase}
            onChange={(event) => setPassphrase(event.target.value)}
          />
        )}
      </form>
    </Dialog>
  )
}
