import { labOf } from './index'
import { engine } from './engine'
import { sharedLab } from './shared'

// Hosts that somebody has given are used as they are.
if (!process.env['SLIPWAY_LAB_PLACES']) {
  const { state, keyFile } = await sharedLab()
  process.env['SLIPWAY_LAB_PLACES'] = JSON.stringify({ ...state, keyFile })
  // Docker's command, wherever a test calls it, speaks to the Engine of these hosts.
  process.env['DOCKER_HOST'] = await engine()
  // A file that failed while a host was cut or frozen must not fail the next one too.
  for (const host of labOf(state).hosts) {
    await host.resume().catch(() => {})
    await host.heal()
  }
}
