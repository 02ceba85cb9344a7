/** Who may import whom. Every arrow that is not listed in docs/architecture.md is an error. */
const main = '^src/main/'
const test = '\\.(test|bench|contract)\\.tsx?$'

/** A room may import only these. `$1` in `to` is what the first group of `from` matched. */
const room = (name, from, may, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: test },
  to: { path: '^src/', pathNot: may },
})
/** A package may be imported only from here. */
const only = (name, packages, where) => ({
  name: `only-${name}`,
  severity: 'error',
  from: { path: '^src/', pathNot: [where, test] },
  to: { path: packages },
})
const shared = '^src/shared/(domain|text|api)/'
const ports = '^src/main/(ports|topic)\\.ts$'

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'no-unresolved', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true, pathNot: ['^virtual:', '\\?'] } },
    room('shared-domain', '^src/shared/(domain|text)/', ['^src/shared/(domain|text)/']),
    room('shared-api', '^src/shared/api/', ['^src/shared/(api|domain)/']),
    room('ports', '^src/main/ports\\.ts$', ['^src/shared/domain/', '^src/main/providers/provider\\.ts$']),
    room('engine', `${main}engine/`, [`${main}engine/`, ports, `${main}providers/provider\\.ts$`, shared]),
    room('provider-port', `${main}providers/provider\\.ts$`, [ports, shared]),
    room('registry', `${main}providers/registry\\.ts$`, [`${main}providers/provider\\.ts$`]),
    {
      name: 'provider',
      comment: 'A provider knows its own folder, the port and what its connection hands it; never another provider.',
      severity: 'error',
      from: { path: `${main}providers/([^/]+)/`, pathNot: test },
      to: {
        path: '^src/',
        pathNot: [`${main}providers/$1/`, `${main}providers/provider\\.ts$`, ports, shared, `${main}(ssh|aws|supervisor)/`],
      },
    },
    {
      name: 'provider-types-only',
      comment: 'Of what its connection hands it, a provider takes the types.',
      severity: 'error',
      from: { path: `${main}providers/[^/]+/`, pathNot: test },
      to: { path: `${main}(ssh|aws|supervisor)/`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'connection',
      severity: 'error',
      from: { path: `${main}connections/([^/]+)/`, pathNot: test },
      to: {
        path: '^src/',
        pathNot: [
          `${main}connections/$1/`,
          `${main}connections/connection\\.ts$`,
          `${main}providers/provider\\.ts$`,
          ports,
          shared,
          `${main}(ssh|aws|process|supervisor)/`,
        ],
      },
    },
    room('sessions', `${main}connections/[^/]+\\.ts$`, [`${main}connections/`, `${main}vault/`, `${main}providers/(provider|registry)\\.ts$`, ports, shared]),
    room('artifacts', `${main}artifacts/`, [`${main}artifacts/`, `${main}process/`, `${main}providers/provider\\.ts$`, ports, shared]),
    room('logs', `${main}logs/`, [`${main}logs/`, `${main}providers/provider\\.ts$`, `${main}ssh/link\\.ts$`, ports, shared]),
    room('redaction', `${main}redaction/`, [`${main}redaction/`, ports, shared]),
    room('supervisor', `${main}supervisor/`, [`${main}supervisor/`, `${main}redaction/`, `${main}process/`, `${main}storage/owner\\.ts$`, `${main}providers/provider\\.ts$`, ports, shared]),
    room('process', `${main}process/`, [`${main}process/`, ports, shared, `${main}host\\.ts$`]),
    room('ssh', `${main}ssh/`, [`${main}ssh/`, ports, shared]),
    room('vault', `${main}vault/`, [`${main}vault/`, `${main}redaction/`, ports, shared, `${main}host\\.ts$`]),
    room('storage', `${main}storage/`, [`${main}storage/`, ports, shared, `${main}host\\.ts$`]),
    room('api', `${main}api/`, [
      `${main}(api|engine|connections|artifacts|logs|vault|storage)/`,
      `${main}providers/(provider|registry)\\.ts$`,
      `${main}(app|host)\\.ts$`,
      ports,
      shared,
    ]),
    {
      name: 'api-app-types-only',
      severity: 'error',
      from: { path: `${main}api/` },
      to: { path: `${main}app\\.ts$`, dependencyTypesNot: ['type-only'] },
    },
    { name: 'app-knows-no-host', severity: 'error', from: { path: `${main}app\\.ts$` }, to: { path: `${main}hosts/` } },
    {
      name: 'host',
      comment: 'A host knows the app and itself, and opens the browser by the one spawner; not the other host.',
      severity: 'error',
      from: { path: `${main}hosts/([^/]+)/`, pathNot: test },
      to: { path: '^src/', pathNot: [`${main}hosts/$1/`, `${main}hosts/[^/]+\\.ts$`, `${main}(app|host)\\.ts$`, `${main}attach/`, `${main}process/index\\.ts$`, `${main}supervisor/main\\.ts$`, shared] },
    },
    room('attach', `${main}attach/`, [`${main}attach/`, `${main}(app|host)\\.ts$`, ports, shared]),
    room('preload', '^src/preload/', ['^src/preload/']),
    {
      name: 'feature',
      comment: 'A feature knows its own folder, the primitives, the client and what both sides share; app/ joins features.',
      severity: 'error',
      from: { path: '^src/renderer/src/features/([^/]+)/', pathNot: test },
      to: { path: '^src/', pathNot: ['^src/renderer/src/features/$1/', '^src/renderer/src/ui/', '^src/renderer/src/client(\\.ts$|/)', shared] },
    },
    room('ui', '^src/renderer/src/ui/', ['^src/renderer/src/ui/', '^src/renderer/src/client(\\.ts$|/)', shared]),
    room('renderer', '^src/renderer/', ['^src/renderer/', shared]),
    only('electron', '^electron$|node_modules/electron/', '^src/(main/hosts/electron|preload)/'),
    only('ws', '^ws$|node_modules/ws/', '^src/main/(hosts/web|attach|supervisor)/'),
    only('sqlite', 'node_modules/(better-sqlite3|kysely)/', '^src/main/storage/'),
    only('keyring', 'node_modules/@napi-rs/keyring', '^src/main/vault/'),
    only('ssh2', '^ssh2$|node_modules/(@types/)?ssh2/', '^src/main/ssh/'),
    only('ssh-config', '^ssh-config$|node_modules/ssh-config/', '^src/main/ssh/'),
    only('dockerode', '^dockerode$|node_modules/(@types/)?dockerode/', '^src/main/providers/docker/'),
    only('child-process', '^(node:)?child_process$', '^src/main/process/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
}
