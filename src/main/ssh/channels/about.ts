import type { SecretText } from '../../ports'

/** How to become root: nothing to do, by sudo (with a password where it wants one), or not at all. */
export type Root = { by: 'nothing' } | { by: 'sudo'; password: SecretText | null }

/** What the channels of a connection need to know of it. */
export interface About {
  /** As people know the server. */
  name: string
  user: string
  fingerprint: string
  root: Root
  /** Aborts when the connection is lost; its reason is the LinkLost. */
  lost: AbortSignal
}
