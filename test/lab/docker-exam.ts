import docker from '../../src/main/providers/docker'
import { exam } from '../../src/main/providers/provider.contract'
import { openDocker, placedOnDocker } from '../support/docker'
import { labPlaces } from './places'

/** The provider's exam, sat on the first host of the lab, whatever its Engine is. */
export function sitExam(): void {
  exam('docker', {
    provider: docker,
    async open() {
      const opened = await openDocker(labPlaces().hosts.slice(0, 1))
      const { place, clear } = await placedOnDocker(opened)
      return {
        place,
        one: await opened.images.add({ version: 'one' }),
        two: await opened.images.add({ version: 'two' }),
        async close() {
          await clear()
          opened.close()
        },
      }
    },
  })
}
