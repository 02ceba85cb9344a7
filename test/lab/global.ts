import { prepareSharedLab } from './shared'

/** Before and after all tests of a run. */
export default prepareSharedLab
