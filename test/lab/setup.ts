import { sharedLab } from './shared'

// Hosts that somebody has given are used as they are.
if (!process.env['SLIPWAY_LAB_PLACES']) {
  const { state, keyFile } = await sharedLab()
  process.env['SLIPWAY_LAB_PLACES'] = JSON.stringify({ ...state, keyFile })
}
