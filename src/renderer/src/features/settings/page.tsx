import { useSession } from '../../client'
import card from '../../ui/card.module.css'
import { Page } from '../../ui/page'
import { hashOf } from '../../ui/route'
import { Tabs } from '../../ui/tabs'
import { About } from './about'
import { AppList } from './apps'
import { Environments } from './environments'
import { General } from './general'
import { LogKeeping } from './logs'
import { Vault } from './vault'

const tabs = [
  { id: 'general', label: 'General' },
  { id: 'environments', label: 'Environments' },
  { id: 'apps', label: 'Apps' },
  { id: 'logs', label: 'Logs' },
  { id: 'vault', label: 'Vault' },
  { id: 'about', label: 'About and reports' },
]

/** What a person set for this installation and its workspace. */
export default function SettingsPage({ section }: { section: string }) {
  const known = useSession((session) => session.host !== null)
  const current = tabs.some((tab) => tab.id === section) ? section : 'general'
  return (
    <Page title="Settings" name="Settings">
      <section className={`${card['card']} ${card['narrow']}`} aria-label="Settings" aria-busy={!known}>
        <Tabs label="Parts of the settings" tabs={tabs} current={current} hrefOf={(id) => hashOf(['settings', id])} />
        <div className={card['padded']}>
          {current === 'general' && <General />}
          {current === 'environments' && <Environments />}
          {current === 'apps' && <AppList />}
          {current === 'logs' && <LogKeeping />}
          {current === 'vault' && <Vault />}
          {current === 'about' && <About />}
        </div>
      </section>
    </Page>
  )
}
