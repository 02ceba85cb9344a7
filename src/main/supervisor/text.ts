import { problemsFrom } from '../../shared/domain/problem'

const texts = {
  'port-taken': ({ port }: { port: number }) => ({
    message: `Port ${port} of this computer is taken by another program.`,
    fix: 'Stop that program, or choose another port in the target’s settings.',
  }),
  'instance-unknown': ({ instance }: { instance: string }) => ({
    message: `This computer does not know an instance ${instance}.`,
    fix: 'Look at the environment again and make a new plan.',
  }),
  'instance-differs': ({ instance }: { instance: string }) => ({
    message: `An instance ${instance} runs already, with something else in it.`,
    fix: 'Make a new plan: the environment changed since this one was made.',
  }),
  'variables-needed': ({ instance }: { instance: string }) => ({
    message: `The instance ${instance} has secrets in its settings, and they are not at hand.`,
    fix: 'Unlock the vault, then start it again.',
  }),
  'supervisor-unreachable': ({ why }: { why: string; reached: boolean }) => ({
    message: `The background process that runs things on this computer does not answer: ${why}.`,
    fix: 'Test the connection “This computer”. If it stays so, quit Slipway and start it again.',
  }),
  'supervisor-call-wrong': ({ call, why }: { call: string; why: string }) => ({
    message: `The background process did not understand “${call}”: ${why}.`,
    fix: 'Quit Slipway and start it again, so that both are of one version.',
  }),
  'supervisor-failed': ({ call, why }: { call: string; why: string }) => ({
    message: `The background process could not do “${call}”: ${why}.`,
  }),
}

/** Problems of the process that runs things on this computer. */
export const problem = problemsFrom(texts)
