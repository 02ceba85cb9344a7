import { LinkLost, problemsFrom } from '../../../shared/domain/problem'

/** Problems of what is done on a server. */
export const problem = problemsFrom({
  'argument-refused': ({ why }: { why: string }) => ({
    message: `An argument for a command on the server was refused: it holds ${why}.`,
    fix: 'Leave that sign out.',
  }),
  'sudo-refused': ({ server, user, why }: { server: string; user: string; why: string }) => ({
    message: `${user} could not become root on ${server}: ${why}.`,
    fix: 'Look at the password of the connection, and at what sudo allows there (sudo -l).',
  }),
  'sudo-password-missing': ({ server, user }: { server: string; user: string }) => ({
    message: `sudo on ${server} wants the password of ${user}, and the connection has none.`,
    fix: 'Give it in the connection, or allow it without a password there.',
  }),
  'command-not-started': ({ server, why }: { server: string; why: string }) => ({
    message: `${server} did not start a command (${why}).`,
    fix: 'Look whether the user’s login shell works, and whether the server forces a command (ForceCommand).',
  }),
  'channels-refused': ({ server }: { server: string }) => ({
    message: `${server} opens no more channels.`,
    fix: 'Raise MaxSessions in its sshd_config, or try again when less is going on.',
  }),
  'channels-taken': ({ server, most }: { server: string; most: number }) => ({
    message: `${most} terminals and followed outputs are open on ${server}, which is as many as one connection keeps.`,
    fix: 'Close one of them.',
  }),
  'forward-refused': ({ server, to, why }: { server: string; to: string; why: string }) => ({
    message: `${server} did not open the way to ${to} (${why}).`,
    fix: 'Look whether something listens there, and whether its sshd_config allows forwarding.',
  }),
  'fence-passed': ({ server }: { server: string }) => ({
    message: `The lock on ${server} is not this run’s any more. Nothing more was changed there.`,
    fix: 'Look who took it, and what that run did, before you go on.',
  }),
  'lock-unusable': ({ server, why }: { server: string; why: string }) => ({
    message: `The lock on ${server} could not be used: ${why}.`,
    fix: 'Look at the rights and the room of its state folder.',
  }),
  'detached-not-begun': ({ server, why }: { server: string; why: string }) => ({
    message: `${server} could not begin a step: ${why}.`,
    fix: 'Look at the rights and the room of its state folder.',
  }),
  'detached-interrupted': ({ server }: { server: string }) => ({
    message: `A step on ${server} was interrupted there and left no code: whether it did its work is not known.`,
    fix: 'Look whether the server was restarted or is full, and at what the step had to change.',
  }),
  'remote-file-missing': ({ server, path }: { server: string; path: string }) => ({
    message: `There is no ${path} on ${server}.`,
  }),
  'remote-file-forbidden': ({ server, path }: { server: string; path: string }) => ({
    message: `${path} on ${server} may not be used by this user.`,
    fix: 'Give the user the right to it, or let the connection use sudo.',
  }),
  'remote-file-too-big': ({ server, path, limit }: { server: string; path: string; limit: number }) => ({
    message: `${path} on ${server} is bigger than ${limit} bytes.`,
  }),
  'remote-file-failed': ({ server, path, why }: { server: string; path: string; why: string }) => ({
    message: `${path} on ${server} could not be used: ${why}.`,
  }),
  'remote-name-wrong': ({ server, folder }: { server: string; folder: string }) => ({
    message: `${server} answered with a name that is none inside ${folder}. Nothing of it was used.`,
    fix: 'Do not trust this server’s answers: look whether it is what you think it is.',
  }),
  'sftp-refused': ({ server }: { server: string }) => ({
    message: `${server} has no SFTP.`,
    fix: 'Turn on the subsystem sftp in its sshd_config.',
  }),
  'link-lost': ({ server, doing }: { server: string; doing: string }) => ({
    message: `The connection to ${server} was lost during: ${doing}.`,
    fix: 'What became of it is read back when the server answers again.',
  }),
})

export const lostWhile = (server: string, doing: string) => new LinkLost(problem('link-lost', { server, doing }).problem)
