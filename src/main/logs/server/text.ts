import { problemsFrom } from '../../../shared/domain/problem'

export const problem = problemsFrom({
  'log-reader-ended': ({ server, what, why }: { server: string; what: string; why: string }) => ({
    message: `${server} stopped reading ${what}: ${why}.`,
    fix: 'Slipway goes on trying. Look whether the server has room for processes and memory.',
  }),
  'log-file-unreadable': ({ server, path }: { server: string; path: string }) => ({
    message: `${path} on ${server} may not be read by this user.`,
    fix: 'Give the user the right to it (often the group adm), or let the connection use sudo.',
  }),
  'log-file-unfit': ({ server, path, what }: { server: string; path: string; what: string }) => ({
    message: `${path} on ${server} is ${what}, not a file that lines are written to.`,
    fix: 'Name a file, or a pattern such as /var/log/nginx/*.log.',
  }),
  'journal-missing': ({ server }: { server: string }) => ({
    message: `${server} has no journal: journalctl is not there.`,
    fix: 'Follow its files under /var/log instead.',
  }),
  'journal-refused': ({ server, why }: { server: string; why: string }) => ({
    message: `The journal of ${server} could not be read: ${why}.`,
    fix: 'Put the user into the group systemd-journal or adm, or let the connection use sudo.',
  }),
  'journal-cannot-search': ({ server }: { server: string }) => ({
    message: `The journalctl of ${server} was built without search.`,
    fix: 'Search its files under /var/log there, or what is kept here.',
  }),
  'not-a-server': ({ id }: { id: string }) => ({
    message: `The connection ${id} is not a server whose logs can be read.`,
    fix: 'Choose a server.',
  }),
})

/** The sentences of gaps. */
export const words = {
  missing: (path: string) => `${path} does not exist yet. Its lines come as soon as it does.`,
  noMatch: (pattern: string) => `No file matches ${pattern} yet. Lines come as soon as one does.`,
  someUnreadable: (path: string) => `${path} may not be read by this user: its lines are missing here.`,
  rotatedAway: (path: string, offset: string) =>
    `${path} was rotated or cut off, and what was written to it since byte ${offset} is not there any more. How many lines that were is not known.`,
  changed: (path: string) =>
    `${path} is another file than before. What was written to the former one meanwhile is not known; the new one is read from its beginning.`,
  neverLogged: (unit: string) => `${unit} has written nothing to the journal so far. Its lines come as soon as it does.`,
  onlyOwn: (user: string) =>
    `Only what ${user} may see of the journal is shown: the user is in neither of the groups systemd-journal and adm.`,
}
