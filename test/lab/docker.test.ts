import { exam } from '../../src/main/providers/provider.contract'
import docker from '../../src/main/providers/docker'
import { openDocker, placedOnDocker } from '../support/docker'

exam('docker', {
  provider: docker,
  async open() {
    const opened = await openDocker([
      { name: 'web-1', host: '172.30.9.11', port: 22, user: 'deploy', keyFile: '/tmp/mylab/key', sudo: true },
    ])
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
