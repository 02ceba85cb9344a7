import { Kept } from './bookmark-list'
import { NewErrors } from './new-errors'
import { SearchKept } from './search'
import { useSide } from './side'

/** What stands beside the lines: finds in all that is kept, what is new since a deploy, or bookmarks. */
export function SidePanel() {
  const side = useSide((state) => state.side)
  switch (side.kind) {
    case 'none':
      return null
    case 'search':
      return <SearchKept key={JSON.stringify(side.filter)} filter={side.filter} />
    case 'new':
      return <NewErrors key={side.runId} runId={side.runId} />
    case 'bookmarks':
      return <Kept />
    default:
      return side satisfies never
  }
}
