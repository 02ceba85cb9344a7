import type { NewApp } from '../../../../shared/api/workspace'

/** A service as the form holds it. */
export interface ServiceDraft {
  slug: string
  folder: string
  start: string
  build: string
  healthPath: string
  releaseCommand: string
  route: boolean
}

export const emptyService = (slug: string): ServiceDraft => ({
  slug,
  folder: '',
  start: '',
  build: '',
  healthPath: '',
  releaseCommand: '',
  route: true,
})

const slugOk = (slug: string) => /^[a-z][a-z0-9-]{0,30}$/.test(slug)
const slugWords = 'A lower-case letter first, then letters, digits or dashes; at most 31 signs'

/** What stands in the way of making the app, by field; empty where nothing does. */
export function draftProblems(name: string, slug: string, services: readonly ServiceDraft[]): Record<string, string> {
  const problems: Record<string, string> = {}
  if (name.trim() === '') problems['name'] = 'Give it a name'
  if (!slugOk(slug)) problems['slug'] = slugWords
  for (const [index, service] of services.entries()) {
    if (!slugOk(service.slug)) problems[`${index}.slug`] = slugWords
    if (services.findIndex((other) => other.slug === service.slug) !== index)
      problems[`${index}.slug`] = 'Two services cannot have one name'
    if (!/^(\/|[A-Za-z]:[\\/])/.test(service.folder)) problems[`${index}.folder`] = 'Give the whole path of a folder'
    if (service.start.trim() === '') problems[`${index}.start`] = 'Say how it starts'
    if (service.healthPath !== '' && !/^\/[^\s#]*$/.test(service.healthPath))
      problems[`${index}.healthPath`] = 'Start with / and leave out spaces'
  }
  return problems
}

/** The input of the call. */
export const newAppOf = (name: string, slug: string, services: readonly ServiceDraft[]): NewApp => ({
  name: name.trim(),
  slug,
  services: services.map((service) => ({ ...service, healthPath: service.healthPath === '' ? null : service.healthPath })),
})
