/** The only folder that starts programs on this computer. */
export { minimalEnvironment } from './environment'
export { findProgram } from './find'
export { beginOf, usageOf } from './identity'
export { outputOf, run } from './run'
export { signalGroup, start, startDetached, type Started } from './spawn'
export { isFree, lastingPort } from './port'
