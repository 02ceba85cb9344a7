/** Artifacts by content: stored, packed from folders and tars, built, and read back checked. */
export { runBuild } from './build'
export { demoBundle, demoOf } from './demo'
export { provenanceOf } from './provenance'
export { createArtifacts, type Artifacts } from './store'
