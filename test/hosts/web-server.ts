import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { indexFiles } from '../../src/main/hosts/files'
import { listen } from '../../src/main/hosts/web/http'
import { signIn } from '../../src/main/hosts/web/session'
import { smallRouter } from './router'

export const canary = 'canary-outside-of-the-interface'

/** A folder with an interface in it, and something beside it that nobody may read. */
export function builtInterface() {
  const root = mkdtempSync(join(tmpdir(), 'slipway-web-'))
  const folder = join(root, 'renderer')
  mkdirSync(join(folder, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Slipway</title>')
  writeFileSync(join(folder, 'assets', 'index-Ab12Cd34.js'), 'export {}')
  writeFileSync(join(root, 'secret.txt'), canary)
  return { folder, remove: () => rmSync(root, { recursive: true }) }
}

/** The real server over the small app, with a session that a page of ours would hold. */
export async function webServer(app = smallRouter(), now: () => number = Date.now) {
  const built = builtInterface()
  const codes = signIn(now)
  const server = await listen(null, indexFiles(built.folder), codes)
  server.serve(app.router)
  const origin = `http://127.0.0.1:${server.port}`
  const freshCode = () => server.address().split('#code=')[1] ?? ''
  const redeemed = codes.redeem(codes.issue())
  const cookie = `slipway-${server.port}=${'session' in redeemed ? redeemed.session : ''}`
  return {
    ...app,
    server,
    origin,
    cookie,
    freshCode,
    async [Symbol.asyncDispose]() {
      await server.close()
      built.remove()
    },
  }
}
