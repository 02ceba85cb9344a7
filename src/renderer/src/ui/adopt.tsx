import { useState } from 'react'
import type { PlacementId } from '../../../shared/domain/ids'
import { alias } from '../../../shared/domain/release'
import { client, problemOf } from '../client'
import { Button } from './button'
import { tell, tellProblem } from './toast'

/** Makes a release of what is found running, and says what it is called. Changes nothing that runs. */
export async function adopt(placementId: PlacementId): Promise<void> {
  try {
    tell(`What runs there is now ${alias(await client.releases.adopt({ placementId }))}. Nothing was restarted.`)
  } catch (error) {
    tellProblem(problemOf(error))
  }
}

/** The way out of "drifted": what runs becomes a release, so that there is a way back to it. */
export function Adopt({ placementId, where }: { placementId: PlacementId; where: string }) {
  const [busy, setBusy] = useState(false)
  const act = async () => {
    setBusy(true)
    await adopt(placementId)
    setBusy(false)
  }
  return (
    <Button small busy={busy} aria-label={`Adopt what runs in ${where} as a release`} onClick={() => void act()}>
      Adopt it
    </Button>
  )
}
