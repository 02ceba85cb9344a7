import { exam } from '../../src/main/providers/provider.contract'
import docker from '../../src/main/providers/docker'
import { openDocker, placedOnDocker } from '../support/docker'
import { labPlaces } from './places'

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
