import { problemsFrom } from '../../shared/domain/problem'

export const problem = problemsFrom({
  'view-gone': (_data: Record<string, never>) => ({
    message: 'This view of the logs was closed.',
    fix: 'Open it again.',
  }),
  'source-unknown': ({ id }: { id: string }) => ({
    message: `There is no source of logs named ${id}. It may have been removed.`,
    fix: 'Choose among the sources that are there.',
  }),
  'pattern-wrong': ({ why }: { why: string }) => ({
    message: `This is not a regular expression that can be used: ${why}.`,
    fix: 'Expressions are those of RE2: without look-around and back-references. Turn expressions off to look for the text as it stands.',
  }),
  'log-search-word': (_data: Record<string, never>) => ({
    message: 'A server looks for plain words, and this filter has none of two letters or more.',
    fix: 'Type a word that every wanted line holds.',
  }),
  'log-search-broken': ({ name }: { name: string }) => ({
    message: `The search of ${name} on its server ended for a reason that was not expected.`,
    fix: 'Try again. If it stays, save a report from Settings.',
  }),
  'source-broken': ({ name }: { name: string }) => ({
    message: `The logs of ${name} stopped for a reason that was not expected.`,
    fix: 'Slipway goes on trying. If it lasts, save a report from Settings.',
  }),
})

/** The sentences of rows that are not lines. */
export const words = {
  notKept: (error: unknown) =>
    `From here on lines are shown but not kept on disk: ${whyNot(error)}. Those in memory are written as soon as that is possible.`,
  keptAgain: (seconds: number) => `Lines are kept on disk again, after ${seconds} s. What memory still held was written.`,
  lost: (name: string, why: string) => `No logs from ${name}: ${why} Trying again.`,
  back: (name: string, seconds: number) =>
    `The logs of ${name} are back after ${seconds} s. What was written meanwhile is shown where the source still has it.`,
}

const why: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EROFS: 'the disk can only be read',
  EACCES: 'the folder may not be written to',
  EPERM: 'the folder may not be written to',
}

const whyNot = (error: unknown) => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return why[code] ?? (code ? `the disk says ${code}` : 'the disk cannot be written to')
}
