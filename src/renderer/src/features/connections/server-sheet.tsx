import { useState } from 'react'
import type { KeptSecrets, ServerForm } from '../../../../shared/api/connections'
import { ConnectionId } from '../../../../shared/domain/ids'
import { HostName, UserName } from '../../../../shared/domain/server'
import { client, problemOf, useWatch } from '../../client'
import card from '../../ui/card.module.css'
import { ChoiceField, SwitchField, TextField } from '../../ui/field'
import { go } from '../../ui/route'
import type { Problem } from '../../../../shared/domain/problem'
import { FormSheet } from './form-sheet'
import { SecretField } from './secret-field'
import { useConnections } from './store'

const empty: ServerForm = {
  name: '',
  host: '',
  port: 22,
  user: '',
  agent: true,
  keyFile: '',
  passphrase: null,
  password: null,
  through: null,
  root: 'user',
  sudoPassword: null,
  allowWeak: false,
}

/** What is wrong with a form, by field. */
function problemsOf({ name, host, port, user }: ServerForm): Record<string, string> {
  const found: Record<string, string> = {}
  const hostCheck = HostName.safeParse(host)
  const userCheck = UserName.safeParse(user)
  if (name.trim() === '') found['name'] = 'Give it a name'
  if (!hostCheck.success) found['host'] = hostCheck.error.issues[0]?.message ?? 'Give the host'
  if (!userCheck.success) found['user'] = userCheck.error.issues[0]?.message ?? 'Give the user'
  if (!Number.isInteger(port) || port < 1 || port > 65_535) found['port'] = 'From 1 to 65535'
  return found
}

/** A server by its address, or the one that is changed. */
export default function ServerSheet({ id, onClose }: { id: string | null; onClose: () => void }) {
  const connection = id ? ConnectionId.parse(id) : null
  const [form, setForm] = useState<ServerForm | null>(connection ? null : empty)
  const [kept, setKept] = useState<KeptSecrets>({ passphrase: false, password: false, sudoPassword: false })
  const [loading, setLoading] = useState<Problem | null>(null)
  const { views, save, test, begin, load, asked: problem } = useConnections()
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  useWatch(
    async (signal) => {
      begin()
      if (!views) void load(signal)
      if (!connection) return
      try {
        const { kept: there, ...given } = await client.connections.form({ id: connection }, { signal })
        setKept(there)
        setForm(given)
      } catch (error) {
        if (!signal.aborted) setLoading(problemOf(error))
      }
    },
    [id],
  )
  const problems = form ? problemsOf(form) : {}
  const submit = async () => {
    setTried(true)
    if (!form || Object.keys(problems).length > 0 || busy) return
    setBusy(true)
    const saved = await save({ ...form, name: form.name.trim() }, connection)
    setBusy(false)
    if (!saved) return
    go(['connections'])
    void test(saved.id)
  }
  const others = views?.filter((view) => view.connection.kind === 'server' && view.connection.id !== id) ?? []
  return (
    <FormSheet
      title={connection ? 'Change the server' : 'Add a server'}
      under="It is tested part by part when you save. Passwords go to the vault and nowhere else."
      problem={problem ?? loading}
      ready={form !== null}
      busy={busy}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      {form && (
        <Fields
          form={form}
          set={(part) => setForm({ ...form, ...part })}
          problems={tried ? problems : {}}
          kept={kept}
          through={others.map(({ connection: one }) => ({ value: one.id, label: one.name }))}
        />
      )}
    </FormSheet>
  )
}

interface FieldsProps {
  form: ServerForm
  set: (part: Partial<ServerForm>) => void
  problems: Record<string, string>
  kept: KeptSecrets
  through: { value: string; label: string }[]
}

function Fields({ form, set, problems, kept, through }: FieldsProps) {
  return (
    <>
      <TextField
        label="Name"
        value={form.name}
        maxLength={100}
        data-autofocus
        error={problems['name']}
        onChange={(event) => set({ name: event.target.value })}
      />
      <div className={card['inline']} style={{ alignItems: 'flex-start' }}>
        <TextField
          label="Host"
          mono
          value={form.host}
          error={problems['host']}
          placeholder="web-1.example.org"
          onChange={(event) => set({ host: event.target.value.trim() })}
        />
        <div style={{ flex: '0 0 110px' }}>
          <TextField
            label="Port"
            type="number"
            min={1}
            max={65_535}
            value={String(form.port)}
            error={problems['port']}
            onChange={(event) => set({ port: Number(event.target.value) })}
          />
        </div>
      </div>
      <TextField
        label="User"
        mono
        value={form.user}
        error={problems['user']}
        onChange={(event) => set({ user: event.target.value.trim() })}
      />
      <SwitchField
        label="Use the SSH agent"
        checked={form.agent}
        onChange={(agent) => set({ agent })}
        help="Its keys are tried first. It is never forwarded to the server."
      />
      <TextField
        label="Key file"
        mono
        value={form.keyFile}
        placeholder="~/.ssh/id_ed25519"
        onChange={(event) => set({ keyFile: event.target.value })}
        help="OpenSSH, PEM, PKCS#8 or PuTTY."
      />
      {form.keyFile.trim() !== '' && (
        <SecretField
          label="Passphrase of the key"
          kept={kept.passphrase}
          value={form.passphrase}
          onChange={(passphrase) => set({ passphrase })}
          help="A locked key asks when it is used."
        />
      )}
      <SecretField label="Password" kept={kept.password} value={form.password} onChange={(password) => set({ password })} />
      <ChoiceField
        label="Reached through"
        value={form.through ?? ''}
        choices={[
          { value: '', label: 'nothing: directly from this computer' },
          ...(form.through === 'kept' ? [{ value: 'kept', label: 'the way it was imported with' }] : []),
          ...through,
        ]}
        onChange={(event) =>
          set({
            through:
              event.target.value === '' ? null : event.target.value === 'kept' ? 'kept' : ConnectionId.parse(event.target.value),
          })
        }
        help="A jump host. Only the connection goes through it; no program runs there."
      />
      <ChoiceField
        label="To become root"
        value={form.root}
        choices={[
          { value: 'user', label: 'not needed, or this user is root' },
          { value: 'sudo', label: 'sudo' },
        ]}
        onChange={(event) => set({ root: event.target.value === 'sudo' ? 'sudo' : 'user' })}
        help="Writing nginx’s upstream needs it, and Docker where the user is not in its group."
      />
      {form.root === 'sudo' && (
        <SecretField
          label="Password for sudo"
          kept={kept.sudoPassword}
          value={form.sudoPassword}
          onChange={(sudoPassword) => set({ sudoPassword })}
          help="It goes by standard input, never on a command line."
        />
      )}
      <SwitchField
        label="Allow weak algorithms"
        checked={form.allowWeak}
        onChange={(allowWeak) => set({ allowWeak })}
        help="Only for an old server that has nothing else: SHA-1 signatures can be forged."
      />
    </>
  )
}
