import { problemsFrom } from '../../../shared/domain/problem'

const texts = {
  'local-target-wrong': ({ field, why }: { field: string; why: string }) => ({
    message: `The field “${field}” is not right: ${why}.`,
    fix: 'Correct it in the target’s settings.',
  }),
  'local-bundle-changed': ({ digest, file }: { digest: string; file: string }) => ({
    message: `The unpacked bundle ${digest} was changed on disk: ${file} is not what was delivered.`,
    fix: 'Deploy the release again: the bundle is then written anew.',
  }),
  'local-bundle-missing': ({ digest }: { digest: string }) => ({
    message: `The bundle ${digest} is not unpacked on this computer.`,
    fix: 'Deploy the release again.',
  }),
  'bundle-refused': ({ entry, why }: { entry: string; why: string }) => ({
    message: `The bundle was refused: ${entry} ${why}.`,
    fix: 'Pack the folder again without it.',
  }),
  'bundle-differs': ({ expected, got }: { expected: string; got: string }) => ({
    message: `What arrived is not the bundle that was asked for: expected ${expected}, got ${got}.`,
    fix: 'Try again. If it stays so, the stored bundle is damaged: make the release again.',
  }),
  'release-command-failed': ({ command, exit }: { command: string; exit: string }) => ({
    message: `The release command ${command} ended with ${exit}.`,
    fix: 'Read its output, mend the release or the settings, and deploy again. What served goes on.',
  }),
  'release-command-lost': ({ command }: { command: string }) => ({
    message: `It is not known whether the release command ${command} finished: the process that ran it was killed.`,
    fix: 'Look at what it changes, then retry or revert.',
  }),
  'old-gone': ({ instances }: { instances: string[] }) => ({
    message: `There is no way back to ${instances.join(', ')}: they were stopped and forgotten.`,
    fix: 'Roll back to the earlier release with a plan of its own.',
  }),
  'step-not-understood': ({ step }: { step: string }) => ({
    message: `The step ${step} is not one of this provider.`,
    fix: 'Make a new plan.',
  }),
}

/** Problems of running things on this computer. */
export const problem = problemsFrom(texts)
