import {
  IconActivity,
  IconKeyboard,
  IconLayoutGrid,
  IconListDetails,
  IconLock,
  IconLockOpen,
  IconPlug,
  IconPower,
  IconSettings,
} from '@tabler/icons-react'
import { Suspense, lazy, type ReactNode } from 'react'
import { useQuestions, useSession, useVaultAsk } from '../client'
import { usePalette } from '../ui/palette-state'
import { useRoute } from '../ui/route'
import { ErrorEdge } from './error-edge'
import { Sheets, View } from './routes'
import { useShortcuts } from './shortcuts'
import { useDialogs } from './dialogs-state'
import styles from './shell.module.css'

const Palette = lazy(() => import('./palette'))
const VaultDialog = lazy(() => import('./vault-dialog'))
const Dialogs = lazy(() => import('./dialogs'))
const SignInDialog = lazy(() => import('./sign-in-dialog'))

const pages = [
  { path: 'fleet', label: 'Fleet', Icon: IconLayoutGrid },
  { path: 'logs', label: 'Logs', Icon: IconListDetails },
  { path: 'activity', label: 'Activity', Icon: IconActivity },
  { path: 'connections', label: 'Connections', Icon: IconPlug },
  { path: 'settings', label: 'Settings', Icon: IconSettings },
] as const

function Rail() {
  const { path } = useRoute()
  const running = useSession((session) => session.activeRuns.length)
  const here =
    path[0] === undefined || path[0] === 'env' || path[0] === 'welcome' ? 'fleet' : path[0] === 'run' ? 'activity' : path[0]
  return (
    <nav className={styles['rail']} aria-label="Main">
      <a className={styles['brand']} href="#/fleet">
        <img src={new URL('./mark.svg', import.meta.url).href} width={22} height={22} alt="" />
        <span>Slipway</span>
      </a>
      {pages.map(({ path: page, label, Icon }) => (
        <a key={page} className={styles['link']} href={`#/${page}`} aria-current={here === page ? 'page' : undefined}>
          <Icon size={18} stroke={1.75} aria-hidden />
          <span>{label}</span>
          {page === 'activity' && running > 0 && (
            <span className={styles['count']} title={`${running} running`}>
              {running}
            </span>
          )}
        </a>
      ))}
      <span className={styles['space']} />
      <Foot />
    </nav>
  )
}

function Foot() {
  const vault = useSession((session) => session.vault)
  const host = useSession((session) => session.host)
  return (
    <div className={styles['foot']}>
      <button type="button" className={styles['footlink']} onClick={() => useDialogs.setState({ open: 'shortcuts' })}>
        <IconKeyboard size={16} stroke={1.75} aria-hidden />
        <span>Shortcuts</span>
      </button>
      {host?.kind === 'web' && (
        <button type="button" className={styles['footlink']} onClick={() => useDialogs.setState({ open: 'quit' })}>
          <IconPower size={16} stroke={1.75} aria-hidden />
          <span>Quit Slipway</span>
        </button>
      )}
      {vault && vault.state !== 'empty' && (
        <a className={styles['vault']} href="#/settings/vault">
          {vault.state === 'open' ? (
            <IconLockOpen size={15} stroke={1.75} aria-hidden />
          ) : (
            <IconLock size={15} stroke={1.75} aria-hidden />
          )}
          <span>Vault {vault.state}</span>
          <span className={styles['home']}>{vault.home}</span>
        </a>
      )}
    </div>
  )
}

/** The rail, the page, and what may lie over it. */
export function Shell({ banner }: { banner: ReactNode }) {
  const { path, query } = useRoute()
  const palette = usePalette((state) => state.open)
  const dialog = useDialogs((state) => state.open)
  const asking = useVaultAsk((state) => state.asking)
  const question = useQuestions((state) => state.waiting[0])
  useShortcuts()
  const place = path.join('/')
  return (
    <div className={styles['shell']}>
      <a className={styles['skip']} href="#main" onClick={skipToMain}>
        Go to the page
      </a>
      <Rail />
      <div className={`${styles['page']} ${banner ? styles['away'] : ''}`}>
        {banner}
        <ErrorEdge key={place}>
          <View />
        </ErrorEdge>
      </div>
      <ErrorEdge over key={`sheet ${query['sheet'] ?? ''}`}>
        <Sheets />
      </ErrorEdge>
      <ErrorEdge over key={`dialog ${dialog ?? ''} ${palette} ${asking !== null} ${question?.id ?? ''}`}>
        <Suspense fallback={null}>
          {palette && <Palette />}
          {dialog && <Dialogs open={dialog} />}
          {question && !asking && <SignInDialog key={question.id} question={question} />}
          {asking && <VaultDialog kind={asking.kind} settle={asking.settle} />}
        </Suspense>
      </ErrorEdge>
    </div>
  )
}

function skipToMain(event: { preventDefault(): void }) {
  event.preventDefault()
  document.querySelector<HTMLElement>('#main')?.focus()
}
