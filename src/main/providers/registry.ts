import type { Provider } from './provider'

const found = import.meta.glob<Provider>('./*/index.ts', { eager: true, import: 'default' })

/** Every folder here that has an index.ts is a provider. */
export const providers: ReadonlyMap<string, Provider> = new Map(Object.values(found).map((provider) => [provider.kind, provider]))
