import { SettingsRevisionId, newId, type PlacementId, type SecretId, type ServiceId } from '../../shared/domain/ids'
import type { SettingValue, SettingsRevision } from '../../shared/domain/settings'
import { newestSettings, placeOf } from '../engine/contexts'
import type { EnginePorts } from '../engine/engine'
import type { SecretText, SettingsValues } from '../ports'
import { problem } from './base'

/** What the settings need of the vault. */
export interface SecretKeeper {
  keep(text: string, purpose: string): Promise<SecretId>
  reveal(id: SecretId): Promise<SecretText>
}

/** What a form sends: a secret without text keeps what it has. */
export interface SaveInput {
  placementId: PlacementId
  serviceId: ServiceId
  basedOn: number
  values: { key: string; value: { kind: 'plain'; value: string } | { kind: 'secret'; value: string | null } }[]
}

/** Settings as revisions that never change, with their secrets in the vault. */
export function createSettings(
  { records, audit, self, clock, changed }: Pick<EnginePorts, 'records' | 'audit' | 'self' | 'clock' | 'changed'>,
  vault: SecretKeeper,
) {
  async function put(placementId: PlacementId, serviceId: ServiceId, number: number, values: SettingsRevision['values']) {
    const revision: SettingsRevision = {
      v: 1,
      id: newId(SettingsRevisionId),
      placementId,
      serviceId,
      number,
      values,
      createdAt: clock.now(),
      actor: self.actor,
    }
    const { app, environment } = await placeOf(records, placementId)
    const service = app.services.find((one) => one.id === serviceId)
    const where = `${app.slug} in ${environment.slug}`
    audit.record('settings.saved', {
      where,
      service: service?.slug ?? '',
      revision: number,
      keys: Object.keys(values),
      placementId,
      serviceId,
    })
    await records.settings.put(revision)
    changed.publish()
    return revision
  }

  return {
    async save({ placementId, serviceId, basedOn, values }: SaveInput): Promise<SettingsRevision> {
      const current = (await newestSettings(records, placementId)).get(serviceId) ?? null
      if ((current?.number ?? 0) !== basedOn) throw problem('settings-moved', { number: current?.number ?? 0 })
      const next: Record<string, SettingValue> = {}
      for (const { key, value } of values) {
        if (key in next) throw problem('key-twice', { key })
        if (value.kind === 'plain') next[key] = value
        else if (value.value !== null) next[key] = { kind: 'secret', secretId: await vault.keep(value.value, `setting ${key}`) }
        else {
          const before = current?.values[key]
          if (before?.kind !== 'secret') throw problem('secret-lost', { key })
          next[key] = before
        }
      }
      return put(placementId, serviceId, basedOn + 1, next)
    },
    /** Copies keys that are missing, service by service. Secrets are sealed anew, so that removing one leaves the other. */
    async copy(from: PlacementId, to: PlacementId, keys: readonly string[]): Promise<void> {
      const [source, goal] = await Promise.all([newestSettings(records, from), newestSettings(records, to)])
      for (const [serviceId, revision] of source) {
        const before = goal.get(serviceId)
        const missing = keys.filter((key) => revision.values[key] && !before?.values[key])
        if (missing.length === 0) continue
        const added: Record<string, SettingValue> = {}
        for (const key of missing) {
          const value = revision.values[key]
          if (value?.kind === 'plain') added[key] = value
          if (value?.kind === 'secret')
            added[key] = {
              kind: 'secret',
              secretId: await vault.keep((await vault.reveal(value.secretId)).reveal(), `setting ${key}`),
            }
        }
        await put(to, serviceId, (before?.number ?? 0) + 1, { ...before?.values, ...added })
      }
    },
  }
}
export type SettingsStore = ReturnType<typeof createSettings>

/** Resolves a revision to variables at the moment of use. */
export const settingsValues = (vault: SecretKeeper): SettingsValues => ({
  async variables(revision) {
    const variables: Record<string, string | SecretText> = {}
    for (const [key, value] of Object.entries(revision?.values ?? {})) {
      variables[key] = value.kind === 'plain' ? value.value : await vault.reveal(value.secretId)
    }
    return variables
  },
})
