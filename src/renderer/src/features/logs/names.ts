import { useLogs } from './store'

/** The short name of a source; of one that is not in the view, its instance. */
export const nameOf = (sourceId: string, instance: string) =>
  useLogs.getState().sources?.find(({ id }) => id === sourceId)?.name ?? instance
