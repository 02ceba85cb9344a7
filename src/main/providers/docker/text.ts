import { problemsFrom } from '../../../shared/domain/problem'

interface FromRegistry {
  host: string
  registry: string
  reference: string
  /** In the registry's or the Engine's words. */
  why: string
}

const texts = {
  'docker-target-wrong': ({ field, why }: { field: string; why: string }) => ({
    message: `The field “${field}” is not right: ${why}.`,
    fix: 'Correct it in the target’s settings.',
  }),
  'docker-missing': ({ host }: { host: string }) => ({
    message: `There is no Docker on ${host}: neither its socket nor the docker program was found.`,
    fix: 'Install Docker or Podman there, or choose another server.',
  }),
  'docker-forbidden': ({ host, user }: { host: string; user: string }) => ({
    message: `${user} may not use Docker on ${host}.`,
    fix: `Add ${user} to the group docker there, or let the connection use sudo.`,
  }),
  'docker-silent': ({ host, why }: { host: string; why: string }) => ({
    message: `Docker on ${host} does not answer (${why}).`,
    fix: 'Look at it with: systemctl status docker',
  }),
  'podman-silent': ({ host }: { host: string }) => ({
    message: `There is Podman on ${host}, and it answers nobody: its socket is off.`,
    fix: 'Turn it on there: systemctl enable --now podman.socket',
  }),
  'docker-refused': ({ host, what, why }: { host: string; what: string; why: string }) => ({
    message: `Docker on ${host} refused to ${what}: ${why}.`,
  }),
  'docker-disk-full': ({ host, what }: { host: string; what: string }) => ({
    message: `The disk of ${host} is full: Docker could not ${what}.`,
    fix: 'Make room there (docker image prune removes images that nothing uses), then try again.',
  }),
  'port-taken': ({ host, port }: { host: string; port: number }) => ({
    message: `Port ${port} of ${host} is taken by another program.`,
    fix: 'Stop that program, or publish on another port.',
  }),
  'no-free-port': ({ host }: { host: string }) => ({
    message: `No free port was found between 20000 and 29999 on ${host}.`,
    fix: 'Remove containers that are not needed there.',
  }),
  'image-missing': ({ host, digest }: { host: string; digest: string }) => ({
    message: `The image ${digest} is not on ${host}.`,
    fix: 'Make a new plan: it brings the image there again.',
  }),
  'image-other': ({ host, digest }: { host: string; digest: string }) => ({
    message: `What arrived on ${host} is not the image ${digest}; it was removed again.`,
    fix: 'Make the release again from its source.',
  }),
  'image-unknown': ({ host, reference }: { host: string; reference: string }) => ({
    message: `${host} has no image ${reference}, and could not pull it.`,
    fix: 'Look for a misspelt name, or push the image there from a file.',
  }),
  'registry-refused': ({ host, registry, reference, why }: FromRegistry) => ({
    message: `The registry does not let ${host} read ${reference}: ${why}.`,
    fix: `Give a user and a password or token that may read it in the connection to ${registry}, and test it there.`,
  }),
  'registry-lacks': ({ host, reference }: FromRegistry) => ({
    message: `The registry told ${host} that it has no ${reference}.`,
    fix: 'Look for a misspelt name. Where it was removed there, push it again, or make the release from its source.',
  }),
  'registry-busy': ({ host, reference, why }: FromRegistry) => ({
    message: `The registry did not give ${reference} to ${host}, asked several times: ${why}.`,
    fix: 'Look at the state of the registry, and try again in a while.',
  }),
  'registry-unreachable': ({ host, registry, why }: FromRegistry) => ({
    message: `${host} could not reach the registry ${registry}: ${why}.`,
    fix: `Look there with: curl -I https://${registry}/v2/`,
  }),
  'release-command-failed': ({ command, exit }: { command: string; exit: string }) => ({
    message: `The release command ${command} ended with ${exit}.`,
    fix: 'Read its output, mend the release or the settings, and deploy again. What served goes on.',
  }),
  'release-command-lost': ({ command }: { command: string }) => ({
    message: `It is not known whether the release command ${command} finished: its container is gone.`,
    fix: 'Look at what it changes, then retry or revert.',
  }),
  'old-gone': ({ host, instances }: { host: string; instances: string[] }) => ({
    message: `There is no way back to ${instances.join(', ')} on ${host}: they were removed.`,
    fix: 'Roll back to the earlier release with a plan of its own.',
  }),
  'proxy-refused': ({ host, proxy, why }: { host: string; proxy: string; why: string }) => ({
    message: `${proxy} on ${host} refused the new upstream, and keeps the one it had: ${why}`,
    fix: 'Mend its configuration there, then deploy again.',
  }),
  'proxy-missing': ({ host, proxy }: { host: string; proxy: string }) => ({
    message: `${proxy} was not found on ${host}.`,
    fix: `Install ${proxy} there, or choose another way in for the target.`,
  }),
  'proxy-slots': ({ host, backend }: { host: string; backend: string }) => ({
    message: `The backend ${backend} of HAProxy on ${host} has no free server slot.`,
    fix: 'Add slots to it, for example: server-template slipway 1-8 127.0.0.1:1 disabled',
  }),
  'step-lost': ({ host, what }: { host: string; what: string }) => ({
    message: `${host} was interrupted while it should ${what}, and left no result.`,
    fix: 'Retry: the step looks at what is so before it changes anything.',
  }),
  'instance-gone': ({ instance }: { instance: string }) => ({
    message: `The container ${instance} is not there any more.`,
    fix: 'Look at what runs now.',
  }),
  'step-not-understood': ({ step }: { step: string }) => ({
    message: `The step ${step} is not one of this provider.`,
    fix: 'Make a new plan.',
  }),
}

/** Problems of running containers on servers. */
export const problem = problemsFrom(texts)
