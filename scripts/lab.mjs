// The lab of real hosts, for trying by hand: `npm run lab`. As root, with Docker and debootstrap.
//   lab.mjs         starts it, with a workspace that has it; Ctrl-C stops all
//   lab.mjs engine  sees to it that an Engine answers, for the process that called
//   lab.mjs image   makes the image of a host, which the tests need
//   lab.mjs down    removes what was left by those that were killed, and stops the Engine that was started for the caller
//   lab.mjs hold    starts one host and waits (for the lab's own test)
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)
// The lab is written in TypeScript, beside the tests.
const vite = await createServer({
  root,
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, watch: null, hmr: false, ws: false },
})
const load = (file) => vite.ssrLoadModule(`/test/lab/${file}`)

switch (process.argv[2]) {
  case undefined:
    await (await load('by-hand.ts')).labByHand()
    break
  case 'engine':
    await (await load('prepare.ts')).prepareEngine()
    break
  case 'image':
    await (await load('prepare.ts')).prepareImage()
    break
  case 'down':
    await (await load('prepare.ts')).clear()
    break
  case 'hold': {
    const { state } = await (await load('index.ts')).startLab({ hosts: 1 })
    console.log(state.id)
    await new Promise(() => setInterval(() => {}, 60_000))
    break
  }
  default:
    console.error('Usage: npm run lab [-- image | down]')
    process.exitCode = 2
}
await vite.close()
