import { z } from 'zod'
import { SecretId } from './ids'

/** Docker's name for its own hub, where a reference names no registry. */
export const hub = 'docker.io'

/** `ghcr.io`, `registry.example.org:5000`; without a scheme. */
export const RegistryHost = z
  .string()
  .max(255)
  .regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[1-9]\d{0,4})?$/, 'Give a host, with a port where it needs one: ghcr.io')
export type RegistryHost = z.infer<typeof RegistryHost>

/** A registry of images, and who signs in there. Nobody does where `user` is empty. */
export const RegistrySettings = z.object({
  host: RegistryHost,
  user: z.string().max(255),
  password: SecretId.nullable(),
})
export type RegistrySettings = z.infer<typeof RegistrySettings>

/** The registry that a reference of an image names: what stands before its first `/`, where that can be a host. */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/')
  if (rest.length === 0 || !(first === 'localhost' || /[.:]/.test(first))) return hub
  return first === 'index.docker.io' ? hub : first
}

/** Whether a locator names bytes that cannot change: `repo@sha256:…`. */
export const isPinned = (locator: string) => /^[^@\s]+@sha256:[0-9a-f]{64}$/.test(locator)
