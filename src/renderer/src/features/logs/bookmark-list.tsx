import { IconTrash } from '@tabler/icons-react'
import { Button } from '../../ui/button'
import { count } from '../../ui/format'
import { forget, useBookmarks } from './bookmarks'
import { FindRow } from './find-row'
import { nameOf } from './names'
import { Panel } from './panel'
import styles from './side.module.css'

/** The lines that somebody marked, newest first. */
export function Kept() {
  const marks = useBookmarks((state) => state.marks)
  return (
    <Panel
      title="Bookmarks"
      under={marks.length === 0 ? 'Press b on a line to find it here again.' : count(marks.length, 'line')}
    >
      <ul className={styles['finds']} aria-label="Bookmarks">
        {marks
          .toSorted((a, b) => b.at - a.at)
          .map((mark) => (
            <FindRow
              key={mark.id}
              at={mark.at}
              source={mark.source}
              name={nameOf(mark.source, '')}
              level={null}
              text={mark.text}
              beside={
                <Button
                  small
                  tone="quiet"
                  aria-label="Remove the bookmark"
                  icon={<IconTrash size={14} stroke={1.75} aria-hidden />}
                  onClick={() => void forget(mark)}
                />
              }
            />
          ))}
      </ul>
    </Panel>
  )
}
