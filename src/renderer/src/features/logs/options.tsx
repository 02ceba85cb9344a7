import { Menu } from '@mantine/core'
import { IconAdjustmentsHorizontal } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/button'
import { setLook, useLook, type Look } from './look'
import { useLogs } from './store'

const switches: readonly { key: Exclude<keyof Look, 'zone'>; words: string }[] = [
  { key: 'chart', words: 'Counts over time' },
  { key: 'time', words: 'Column of times' },
  { key: 'source', words: 'Column of sources' },
  { key: 'level', words: 'Column of levels' },
  { key: 'wrap', words: 'Wrap long lines' },
  { key: 'roomy', words: 'Higher rows' },
]

/** How the list looks, and how stack traces stand in it. */
export function Options() {
  const look = useLook()
  const folded = useLogs((state) => state.filter.folded)
  const setFilter = useLogs((state) => state.setFilter)
  return (
    <Menu
      withInitialFocusPlaceholder={false}
      position="bottom-end"
      width={230}
      transitionProps={{ duration: 80 }}
      closeOnItemClick={false}
    >
      <Menu.Target>
        <Button small aria-label="How lines are shown" icon={<IconAdjustmentsHorizontal size={15} stroke={1.75} aria-hidden />} />
      </Menu.Target>
      <Menu.Dropdown aria-label="How lines are shown">
        {switches.map(({ key, words }) => (
          <Tick key={key} on={look[key]} act={() => setLook({ [key]: !look[key] })}>
            {words}
          </Tick>
        ))}
        <Menu.Divider />
        <Tick on={folded} act={() => void setFilter({ folded: !folded })}>
          Fold stack traces
        </Tick>
        <Menu.Divider />
        <Tick on={look.zone === 'local'} act={() => setLook({ zone: 'local' })}>
          Times of this computer
        </Tick>
        <Tick on={look.zone === 'utc'} act={() => setLook({ zone: 'utc' })}>
          Times in UTC
        </Tick>
        <Tick on={look.zone === 'host'} act={() => setLook({ zone: 'host' })}>
          Times of each line’s host
        </Tick>
      </Menu.Dropdown>
    </Menu>
  )
}

function Tick({ on, act, children }: { on: boolean; act: () => void; children: ReactNode }) {
  return (
    <Menu.CheckboxItem checked={on} onChange={act}>
      {children}
    </Menu.CheckboxItem>
  )
}
