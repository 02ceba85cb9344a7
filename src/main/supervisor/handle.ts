import type { SupervisorClient } from './client'

/** What an open connection of kind `local` hands to its provider. */
export interface LocalHandle {
  client: Pick<SupervisorClient, 'ask' | 'call' | 'where' | 'follow' | 'lastLines'>
}
