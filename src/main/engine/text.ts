import { problemsFrom } from '../../shared/domain/problem'

/** Sentences of the engine's own problems. */
export const problem = problemsFrom({
  'not-found': ({ noun, id }: { noun: string; id: string }) => ({
    message: `There is no ${noun} ${id} any more.`,
    fix: 'Go back to Fleet: it shows what there is now.',
  }),
  'nothing-runs': ({ app, environment }: { app: string; environment: string }) => ({
    message: `${app} runs nothing in ${environment}, so there is nothing to take from there.`,
    fix: 'Deploy a release to it first.',
  }),
  drifted: ({ app, environment }: { app: string; environment: string }) => ({
    message: `What runs in ${environment} belongs to no release of ${app}.`,
    fix: 'Adopt it as a release on its page, or deploy a release over it.',
  }),
  'not-observed': ({ app, environment, why }: { app: string; environment: string; why: string }) => ({
    message: `What ${app} runs in ${environment} is not known: ${why}`,
    fix: 'Test the connection, then plan again.',
  }),
  'no-target': ({ app, environment }: { app: string; environment: string }) => ({
    message: `${app} has no target in ${environment}.`,
    fix: 'Add a target to it first.',
  }),
  'plan-stale': ({ moved }: { moved: string[] }) => ({
    message: `The world has changed since this plan was made: ${moved.join('; ')}.`,
    fix: 'Plan again, look at the difference, and start the new plan.',
  }),
  'plan-expired': ({ minutes }: { minutes: number }) => ({
    message: `This plan is older than ${minutes} minutes.`,
    fix: 'Plan again.',
  }),
  'plan-other': () => ({
    message: 'The plan that was shown is not the plan that was sent.',
    fix: 'Plan again.',
  }),
  'plan-blocked': ({ checks }: { checks: string[] }) => ({
    message: `The plan is blocked: ${checks.join('; ')}.`,
    fix: 'Mend what blocks it, then plan again.',
  }),
  'name-differs': ({ name }: { name: string }) => ({
    message: `This environment is protected. Its name, ${name}, was not typed.`,
    fix: `Type ${name} to go on.`,
  }),
  'reason-missing': ({ freeze }: { freeze: string }) => ({
    message: `This environment is frozen now: ${freeze}.`,
    fix: 'Give a reason to go on all the same; it is kept in the audit.',
  }),
  'lock-held': ({ actor, machine, since }: { actor: string; machine: string; since: number }) => ({
    message: `Another run holds this placement: ${actor} on ${machine}, since ${new Date(since).toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
    fix: 'Wait until it is over, or open it and decide what becomes of it.',
  }),
  'app-closing': () => ({
    message: 'Slipway is closing and starts nothing new.',
    fix: 'Start it again when it has ended.',
  }),
  unhealthy: ({ instances, words, seconds }: { instances: string[]; words: string; seconds: number }) => ({
    message: `${instances.join(', ')} did not become healthy within ${seconds} s: ${words}.`,
    fix: 'The failure capsule has its last lines and answers.',
  }),
  'gate-failed': ({ instances, words }: { instances: string[]; words: string }) => ({
    message: `${instances.join(', ')} stopped being healthy after the switch: ${words}.`,
    fix: 'The failure capsule has its last lines and answers.',
  }),
  'link-lost': ({ what }: { what: string }) => ({
    message: `The link was lost while ${what}. Whether it happened is not known.`,
    fix: 'Slipway reads it back as soon as the link returns.',
  }),
  'artifact-missing': ({ digest }: { digest: string }) => ({
    message: `The artifact ${digest} is not in the store any more.`,
    fix: 'Make the release again from its source.',
  }),
  'not-as-planned': ({ service, wanted, found }: { service: string; wanted: string; found: string }) => ({
    message: `After the run ${service} was read back: it should run ${wanted} and runs ${found}.`,
    fix: 'Look at the environment page; then deploy again.',
  }),
  'mixed-fleet': ({ hosts }: { hosts: string[] }) => ({
    message: `Two versions are running: ${hosts.join('; ')}.`,
    fix: 'Mend the hosts that were left out, then deploy the release again.',
  }),
  'run-left': ({ words }: { words: string[] }) => ({
    message: `The run was left as it was, unfinished: ${words.join('; ')}.`,
    fix: 'Look at the environment page, then deploy or roll back from there.',
  }),
  'run-over': () => ({ message: 'This run is over.', fix: 'Make a new plan.' }),
  'answer-unfit': ({ answer, open }: { answer: string; open: string[] }) => ({
    message: `The run does not wait for the answer ${answer}.`,
    fix: open.length > 0 ? `It waits for: ${open.join(', ')}.` : 'It waits for no answer now.',
  }),
  'undo-incomplete': ({ steps }: { steps: string[] }) => ({
    message: `Not all could be taken back: ${steps.join(', ')}.`,
    fix: 'Look at the environment page: it shows what runs. Roll back from there.',
  }),
  unexpected: ({ what }: { what: string }) => ({
    message: `Something went wrong inside Slipway while ${what}.`,
    fix: 'Save a report from Settings: it has the details.',
  }),
})
