import { problemsFrom } from '../../../shared/domain/problem'

/** Problems of a connection to a server that are not of the way to it. */
export const problem = problemsFrom({
  'server-settings-wrong': ({ why }: { why: string }) => ({
    message: `The settings of this server are not right: ${why}.`,
    fix: 'Correct them in the connection.',
  }),
  'root-refused': ({ name, user, why }: { name: string; user: string; why: string }) => ({
    message: `${user} did not become root on ${name} (${why}).`,
    fix: `Allow ${user} to use sudo there, or choose that root is not needed.`,
  }),
  'clock-skewed': ({ name, seconds }: { name: string; seconds: number }) => ({
    message: `The clock of ${name} is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this computer’s.`,
    fix: 'Turn on time synchronisation there (timedatectl set-ntp true), and look at the clock here.',
  }),
  'disk-nearly-full': ({ name, folder, free }: { name: string; folder: string; free: string }) => ({
    message: `Only ${free} are free where ${folder} lies on ${name}.`,
    fix: 'Make some room there, then test again.',
  }),
  'part-failed': ({ part, why }: { part: string; why: string }) => ({ message: `${part}: ${why}.` }),
})
