import { useState } from 'react'
import type { RegistryForm } from '../../../../shared/api/connections'
import { ConnectionId } from '../../../../shared/domain/ids'
import type { Problem } from '../../../../shared/domain/problem'
import { RegistryHost } from '../../../../shared/domain/registry'
import { client, problemOf, useWatch } from '../../client'
import { TextField } from '../../ui/field'
import { go } from '../../ui/route'
import { FormSheet } from './form-sheet'
import { SecretField } from './secret-field'
import { useConnections } from './store'

const empty: RegistryForm = { name: '', host: '', user: '', password: null }

/** What people paste: a scheme before it, a slash behind it. */
const plainHost = (text: string) =>
  text
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '')

/** A registry of images by its address, or the one that is changed. */
export default function RegistrySheet({ id, onClose }: { id: string | null; onClose: () => void }) {
  const connection = id ? ConnectionId.parse(id) : null
  const [form, setForm] = useState<RegistryForm | null>(connection ? null : empty)
  const [before, setBefore] = useState<{ host: string; user: string } | null>(null)
  const [loading, setLoading] = useState<Problem | null>(null)
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const { saveRegistry, test, begin, asked: problem } = useConnections()
  useWatch(
    async (signal) => {
      begin()
      if (!connection) return
      try {
        const { kept, ...given } = await client.connections.registryForm({ id: connection }, { signal })
        setBefore(kept ? given : null)
        setForm(given)
      } catch (error) {
        if (!signal.aborted) setLoading(problemOf(error))
      }
    },
    [id],
  )
  const set = (part: Partial<RegistryForm>) => form && setForm({ ...form, ...part })
  const host = RegistryHost.safeParse(form?.host ?? '')
  const wrong = host.success ? null : (host.error.issues[0]?.message ?? 'Give the host')
  const submit = async () => {
    setTried(true)
    if (!form || wrong !== null || busy) return
    setBusy(true)
    const saved = await saveRegistry({ ...form, name: form.name.trim() || form.host, user: form.user.trim() }, connection)
    setBusy(false)
    if (!saved) return
    go(['connections'])
    void test(saved.id)
  }
  return (
    <FormSheet
      title={connection ? 'Change the registry' : 'Add a registry'}
      under="Servers then pull images from it by themselves, when a deploy needs them."
      problem={problem ?? loading}
      ready={form !== null}
      busy={busy}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      {form && (
        <>
          <TextField
            label="Address"
            mono
            value={form.host}
            data-autofocus
            placeholder="ghcr.io"
            error={tried ? wrong : null}
            help="What stands before the first “/” of its images. Docker’s own hub is docker.io."
            onChange={(event) => set({ host: plainHost(event.target.value) })}
          />
          <TextField
            label="Name"
            value={form.name}
            maxLength={80}
            placeholder={form.host}
            onChange={(event) => set({ name: event.target.value })}
          />
          <TextField
            label="User"
            mono
            autoComplete="off"
            value={form.user}
            help="Leave it empty where anybody may read."
            onChange={(event) => set({ user: event.target.value })}
          />
          {form.user.trim() !== '' && (
            <SecretField
              label="Password or token"
              kept={before?.host === form.host && before.user === form.user.trim()}
              value={form.password}
              onChange={(password) => set({ password })}
              help="One that may only read is enough. It goes to each server for the time of a pull, and is kept nowhere there."
            />
          )}
        </>
      )}
    </FormSheet>
  )
}
