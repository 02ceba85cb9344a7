import { defaultLogSettings, LogSettings } from '../../shared/domain/log'
import type { Meta } from '../storage/secrets'

const key = 'log-settings'

export interface LogSettingsStore {
  get(): LogSettings
  set(settings: LogSettings): void
}

/** How logs are kept and ordered, as the user set it. What cannot be read is as if nothing were set. */
export function createLogSettings(meta: Pick<Meta, 'get' | 'set'>): LogSettingsStore {
  let known: LogSettings | null = null
  const read = () => {
    try {
      return LogSettings.parse({ ...defaultLogSettings, ...JSON.parse(meta.get(key) ?? '{}') })
    } catch {
      return defaultLogSettings
    }
  }
  return {
    get: () => (known ??= read()),
    set(settings) {
      meta.set(key, JSON.stringify(settings))
      known = settings
    },
  }
}
