import { problemsFrom } from '../../shared/domain/problem'

const texts = {
  'command-not-found': ({ program }: { program: string }) => ({
    message: `The program ${program} was not found.`,
    fix: 'Install it, or correct the start command.',
  }),
  'command-not-executable': ({ program }: { program: string }) => ({
    message: `The program ${program} may not be executed.`,
    fix: 'Give it the right to execute (chmod +x), or name the program that runs it first.',
  }),
  'folder-missing': ({ folder }: { folder: string }) => ({
    message: `The folder ${folder} does not exist.`,
    fix: 'Choose a folder that exists.',
  }),
  'command-failed-to-start': ({ program, why }: { program: string; why: string }) => ({
    message: `The program ${program} could not be started: ${why}.`,
  }),
  'command-too-slow': ({ program, seconds }: { program: string; seconds: number }) => ({
    message: `The program ${program} did not end within ${seconds} s and was stopped.`,
  }),
}

/** Problems of starting programs. */
export const problem = problemsFrom(texts)
