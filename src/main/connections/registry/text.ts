import { problemsFrom } from '../../../shared/domain/problem'

/** Problems of a connection to a registry of images. */
export const problem = problemsFrom({
  'registry-settings-wrong': ({ why }: { why: string }) => ({
    message: `The settings of this registry are not right: ${why}.`,
    fix: 'Correct them in the connection.',
  }),
  'registry-silent': ({ host, why }: { host: string; why: string }) => ({
    message: `${host} does not answer here (${why}).`,
    fix: 'Look for a misspelt name. A registry that only the servers reach can be used all the same: they ask it, not this computer.',
  }),
  'registry-none': ({ host, status }: { host: string; status: number }) => ({
    message: `${host} answers with ${status}, as no registry of images does.`,
    fix: 'Give the name that stands before the first “/” of your images.',
  }),
  'registry-sign-in-refused': ({ host, user }: { host: string; user: string }) => ({
    message:
      user === '' ? `${host} lets nobody read without signing in.` : `${host} refuses the user ${user} with this password.`,
    fix: 'Give a user and a password, or a token, that may read images there.',
  }),
  'registry-sign-in-strange': ({ host, why }: { host: string; why: string }) => ({
    message: `${host} asks for a way of signing in that Slipway does not take (${why}).`,
    fix: 'Registries take a user with a password, or with a token in its place.',
  }),
})
