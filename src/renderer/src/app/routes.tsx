import { Suspense, lazy } from 'react'
import { useRoute } from '../ui/route'
import { FleetPage } from '../features/fleet/page'
import { closeSheet } from '../ui/route'

// Fleet is the first page and comes at once; every other page when it is first opened.
const EnvironmentPage = lazy(() => import('../features/environment/page'))
const RunPage = lazy(() => import('../features/run/page'))
const LogsPage = lazy(() => import('../features/logs/page'))
const ActivityPage = lazy(() => import('../features/activity/page'))
const ConnectionsPage = lazy(() => import('../features/connections/page'))
const SettingsPage = lazy(() => import('../features/settings/page'))
const WelcomePage = lazy(() => import('../features/welcome/page'))
const PlanSheet = lazy(() => import('../features/promote/sheet'))
const DeploySheet = lazy(() => import('../features/deploy/sheet'))
const ImportSheet = lazy(() => import('../features/connections/import-sheet'))
const ServerSheet = lazy(() => import('../features/connections/server-sheet'))
const RegistrySheet = lazy(() => import('../features/connections/registry-sheet'))
const DiscoverSheet = lazy(() => import('../features/connections/discover-sheet'))
const TerminalSheet = lazy(() => import('../features/terminal/sheet'))
const NewAppSheet = lazy(() => import('../features/welcome/new-app'))

function page(path: readonly string[]) {
  const [name, first] = path
  switch (name) {
    case 'env':
      return first ? <EnvironmentPage key={first} placementId={first} tab={path[2] ?? 'releases'} /> : <FleetPage />
    case 'run':
      return first ? <RunPage key={first} runId={first} /> : <FleetPage />
    case 'logs':
      return <LogsPage key={first ?? 'all'} placementId={first ?? null} />
    case 'activity':
      return <ActivityPage tab={first ?? 'runs'} />
    case 'connections':
      return <ConnectionsPage />
    case 'settings':
      return <SettingsPage section={first ?? 'general'} />
    case 'welcome':
      return <WelcomePage />
    default:
      return <FleetPage />
  }
}

/** The page of the address. */
export function View() {
  const { path } = useRoute()
  return <Suspense fallback={null}>{page(path)}</Suspense>
}

/** The sheet over it, if the address names one. */
export function Sheets() {
  const { query } = useRoute()
  const { sheet, ...rest } = query
  if (!sheet) return null
  return (
    <Suspense fallback={null}>
      {sheet === 'plan' && <PlanSheet key={JSON.stringify(rest)} query={rest} onClose={closeSheet} />}
      {sheet === 'deploy' && rest['placement'] && (
        <DeploySheet key={rest['placement']} placementId={rest['placement']} onClose={closeSheet} />
      )}
      {sheet === 'import' && <ImportSheet onClose={closeSheet} />}
      {sheet === 'server' && <ServerSheet key={rest['connection'] ?? ''} id={rest['connection'] ?? null} onClose={closeSheet} />}
      {sheet === 'registry' && (
        <RegistrySheet key={rest['connection'] ?? ''} id={rest['connection'] ?? null} onClose={closeSheet} />
      )}
      {sheet === 'discover' && rest['connection'] && (
        <DiscoverSheet key={rest['connection']} id={rest['connection']} onClose={closeSheet} />
      )}
      {sheet === 'terminal' && rest['placement'] && (
        <TerminalSheet key={rest['placement']} placementId={rest['placement']} onClose={closeSheet} />
      )}
      {sheet === 'new-app' && <NewAppSheet onClose={closeSheet} />}
    </Suspense>
  )
}
