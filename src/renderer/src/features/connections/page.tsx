import { IconFileImport, IconPackages, IconPlus, IconServer2 } from '@tabler/icons-react'
import { useWatch } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { Page } from '../../ui/page'
import { Bone, Empty, ProblemNote } from '../../ui/problem'
import { openSheet } from '../../ui/route'
import { ConnectionCard } from './connection-card'
import { useConnections } from './store'

/** The ways in, and whether each part of the way answers. */
export default function ConnectionsPage() {
  const { views, problem, load } = useConnections()
  useWatch((signal) => load(signal), [])
  return (
    <Page
      title="Connections"
      name="Connections"
      actions={
        <>
          <Button icon={<IconFileImport size={16} stroke={1.75} aria-hidden />} onClick={() => openSheet('import')}>
            Import from SSH
          </Button>
          <Button icon={<IconPackages size={16} stroke={1.75} aria-hidden />} onClick={() => openSheet('registry')}>
            Add a registry
          </Button>
          <Button tone="primary" icon={<IconPlus size={16} stroke={1.75} aria-hidden />} onClick={() => openSheet('server')}>
            Add a server
          </Button>
        </>
      }
    >
      <div className={`${card['stack']} ${card['narrow']}`}>
        {problem && <ProblemNote problem={problem} />}
        {!views && !problem && <Bone height={120} />}
        {views?.length === 0 && (
          <Empty
            icon={<IconServer2 size={24} stroke={1.75} aria-hidden />}
            title="No way in is known yet. Your SSH configuration may name servers already."
          >
            <Button tone="primary" onClick={() => openSheet('import')}>
              Look at it
            </Button>
          </Empty>
        )}
        {views?.map((view) => (
          <ConnectionCard key={view.connection.id} view={view} />
        ))}
      </div>
    </Page>
  )
}
