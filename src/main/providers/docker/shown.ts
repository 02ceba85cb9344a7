import { alias } from '../../../shared/domain/release'
import type { Change } from '../provider'
import type { DockerTarget } from './fields'
import { prefixOf } from './names'

const quoted = (argument: string) => (/^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`)

/** What one would type for it. The values of settings are in a file there, here only its name. */
export function shownRun(
  change: Change,
  settings: DockerTarget,
  name: string,
  command: readonly string[] = settings.command,
): string {
  const { service } = change
  const publish = service.route && settings.port !== null && command === settings.command
  const outside = settings.proxy === 'none' ? `${settings.publish ?? settings.port}` : '127.0.0.1:$PORT'
  return [
    'docker run --detach',
    `--name ${name}`,
    ...(change.settings && Object.keys(change.settings.values).length > 0 ? [`--env-file ${prefixOf(change)}.env`] : []),
    ...(change.release ? [`--env SLIPWAY_RELEASE=${alias(change.release)}`] : []),
    ...(publish ? [`--publish ${outside}:${settings.port}`] : []),
    ...(settings.network ? [`--network ${settings.network}`] : []),
    ...settings.volumes.map((volume) => `--volume ${volume}`),
    ...(command === settings.command ? ['--restart unless-stopped'] : []),
    change.artifact ?? '$IMAGE',
    ...command.map(quoted),
  ].join(' ')
}
