/** The way to the owner of the data: calls, streams that survive a lost link, and what the window knows of its host. */
export { client, link, useLink, type LinkState } from './client/link'
export { problemOf } from './client/problems'
export { resumed } from './client/resumed'
export { useWatch } from './client/use-watch'
export { fleetOnce } from './client/fleet-once'
export { useSession } from './client/session'
export { useFolders } from './client/folders'
export { askVault, useVaultAsk, withVault } from './client/vault-ask'
