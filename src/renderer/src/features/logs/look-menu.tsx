import { Menu } from '@mantine/core'
import { IconBell, IconBookmark, IconHistory, IconRocket } from '@tabler/icons-react'
import { useState } from 'react'
import { Button } from '../../ui/button'
import { AlertDialog } from './alert-dialog'
import { showSide } from './side'
import { useLogs } from './store'

/** The finds in all that is kept, for what the filter says now. */
export function searchKept() {
  const { filter } = useLogs.getState()
  showSide({ kind: 'search', filter: { ...filter, range: null, folded: false, context: 0 } })
}

/** What else can be asked of the logs. */
export function LookMenu() {
  const deploy = useLogs((state) => state.markers.at(-1))
  const [alerting, setAlerting] = useState(false)
  return (
    <>
      <Menu withInitialFocusPlaceholder={false} position="bottom-end" width={250} transitionProps={{ duration: 80 }}>
        <Menu.Target>
          <Button small icon={<IconHistory size={15} stroke={1.75} aria-hidden />}>
            Look back
          </Button>
        </Menu.Target>
        <Menu.Dropdown aria-label="Look back">
          <Menu.Item leftSection={<IconHistory size={15} stroke={1.75} aria-hidden />} onClick={searchKept}>
            Search all that is kept
          </Menu.Item>
          <Menu.Item
            leftSection={<IconRocket size={15} stroke={1.75} aria-hidden />}
            disabled={!deploy}
            onClick={() => deploy && showSide({ kind: 'new', runId: deploy.runId })}
          >
            What is new since the last deploy
          </Menu.Item>
          <Menu.Item
            leftSection={<IconBookmark size={15} stroke={1.75} aria-hidden />}
            onClick={() => showSide({ kind: 'bookmarks' })}
          >
            Bookmarks
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconBell size={15} stroke={1.75} aria-hidden />} onClick={() => setAlerting(true)}>
            Alert me on this
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {alerting && <AlertDialog onClose={() => setAlerting(false)} />}
    </>
  )
}
