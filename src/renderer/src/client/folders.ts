import { client } from './link'
import { useSession } from './session'

export interface FolderPage {
  path: string
  parent: string | null
  folders: string[]
  truncated: boolean
}

/** How folders are picked on this host: by its own dialog, or by walking them. */
export interface Folders {
  choose: (() => Promise<string | null>) | null
  list: (path: string | null) => Promise<FolderPage>
}

const choose = () => client.host.chooseFolder()
const list = (path: string | null) => client.host.listFolders({ path })

export function useFolders(): Folders {
  const own = useSession((session) => session.host?.can.chooseFolder ?? false)
  return { choose: own ? choose : null, list }
}
