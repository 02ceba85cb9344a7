import { engine } from './engine'
import { sharedLab } from './shared'

// Hosts that somebody has given are used as they are.
if (!process.env['SLIPWAY_LAB_PLACES']) {
  const { state, keyFile } = await sharedLab()
  process.env['SLIPWAY_LAB_PLACES'] = JSON.stringify({ ...state, keyFile })
  // Docker's command, wherever a test calls it, speaks to the Engine of these hosts.
  process.env['DOCKER_HOST'] = await engine()
}
