import { IconFolderPlus, IconPlayerPlay, IconServer2 } from '@tabler/icons-react'
import { useState } from 'react'
import type { Problem } from '../../../../shared/domain/problem'
import { client, problemOf, useSession } from '../../client'
import { Button } from '../../ui/button'
import { Page } from '../../ui/page'
import { ProblemNote } from '../../ui/problem'
import { go, openSheet } from '../../ui/route'
import { Elapsed } from '../../ui/time'
import styles from './welcome.module.css'

/** The first start: try the demo, or bring an app of one's own. */
export default function WelcomePage() {
  const [since, setSince] = useState<number | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const tryDemo = async () => {
    setSince(Date.now())
    setProblem(null)
    try {
      await client.workspace.createDemo()
      await useSession.getState().loadWorkspace()
      go(['fleet'])
    } catch (error) {
      setProblem(problemOf(error))
      setSince(null)
    }
  }
  return (
    <Page title="Welcome" name="Welcome">
      <div className={styles['page']}>
        <h2>Ship from here</h2>
        <p className={styles['lead']}>
          Slipway knows where every environment runs, moves a proven release from staging to production, and shows what all of it
          is saying.
        </p>
        {problem && <ProblemNote problem={problem} />}
        <div className={styles['choices']}>
          <section aria-label="Try the demo">
            <IconPlayerPlay size={22} stroke={1.75} aria-hidden />
            <h3>Try the demo</h3>
            <p>
              An app with two services in dev, staging and production, as real processes on this computer. Staging is one release
              ahead.
            </p>
            {since === null ? (
              <Button tone="primary" onClick={() => void tryDemo()}>
                Try the demo
              </Button>
            ) : (
              <div role="status" className={styles['making']}>
                <Button tone="primary" busy>
                  Starting the demo
                </Button>
                <span className="dim">
                  <Elapsed from={since} to={null} />
                </span>
              </div>
            )}
          </section>
          <section aria-label="Bring my own">
            <IconFolderPlus size={22} stroke={1.75} aria-hidden />
            <h3>Bring my own</h3>
            <p>A folder of yours with a command that starts it. Slipway packs it, runs it on dev, and takes it from there.</p>
            <Button disabled={since !== null} onClick={() => openSheet('new-app')}>
              Bring my own
            </Button>
          </section>
          <section aria-label="Servers that run already">
            <IconServer2 size={22} stroke={1.75} aria-hidden />
            <h3>Servers that run already</h3>
            <p>
              Your SSH configuration names them. Slipway looks at the containers there and makes environments of them; nothing is
              restarted.
            </p>
            <Button disabled={since !== null} onClick={() => go(['connections'], { sheet: 'import' })}>
              Import from SSH
            </Button>
          </section>
        </div>
      </div>
    </Page>
  )
}
