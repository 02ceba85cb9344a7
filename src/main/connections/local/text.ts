import { problemsFrom } from '../../../shared/domain/problem'

const texts = {
  'data-folder-not-writable': ({ folder, why }: { folder: string; why: string }) => ({
    message: `The data folder ${folder} cannot be written (${why}).`,
    fix: 'Give your user the right to write there, or start Slipway with another --data folder.',
  }),
  'no-port': ({ why }: { why: string }) => ({
    message: `No port of 127.0.0.1 could be opened (${why}).`,
    fix: 'Look for a firewall or a sandbox that forbids programs to listen.',
  }),
  'disk-nearly-full': ({ folder, free }: { folder: string; free: string }) => ({
    message: `Only ${free} are free where ${folder} lies.`,
    fix: 'Make some room, then test again.',
  }),
  'part-failed': ({ part, why }: { part: string; why: string }) => ({ message: `${part}: ${why}` }),
}

/** Problems of the way to this computer. */
export const problem = problemsFrom(texts)
