import { create } from 'zustand'
import type { PlacementView } from '../../../../shared/api/placements'
import type { ArtifactSource } from '../../../../shared/api/releases'
import { ConnectionId, type ServiceId } from '../../../../shared/domain/ids'
import type { Problem } from '../../../../shared/domain/problem'
import type { Release } from '../../../../shared/domain/release'
import { client, problemOf, resumed } from '../../client'

/** What a service of the new release is made from, as the form holds it. */
export interface SourceDraft {
  kind: 'folder' | 'tar' | 'image' | 'image-file' | 'keep'
  folder: string
  build: string
  file: string
  /** Of an image: the connection whose Docker knows it; empty for this computer's. */
  where: string
  reference: string
}

interface DeployStore {
  view: PlacementView | null
  drafts: Record<string, SourceDraft>
  words: { service: string; words: string }[]
  making: boolean
  problem: Problem | null
  watch(placementId: string, signal: AbortSignal): Promise<void>
  change(serviceId: string, part: Partial<SourceDraft>): void
  make(note: string, signal: AbortSignal): Promise<Release | null>
  makeDemo(variant: 'next' | 'bad' | 'crash'): Promise<Release | null>
}

const emptyDraft: SourceDraft = { kind: 'keep', folder: '', build: '', file: '', where: '', reference: '' }

/** What a draft asks for; null where the service keeps what runs. */
export function sourceOf(draft: SourceDraft): ArtifactSource | null {
  if (draft.kind === 'folder' && draft.folder.trim() !== '')
    return { kind: 'folder', folder: draft.folder.trim(), build: draft.build.trim() }
  if (draft.kind === 'tar' && draft.file.trim() !== '') return { kind: 'tar', file: draft.file.trim() }
  if (draft.kind === 'image-file' && draft.file.trim() !== '') return { kind: 'image-file', file: draft.file.trim() }
  if (draft.kind === 'image' && draft.reference.trim() !== '')
    return {
      kind: 'image',
      connectionId: draft.where === '' ? null : ConnectionId.parse(draft.where),
      reference: draft.reference.trim(),
    }
  return null
}

function draftOf(source: ArtifactSource | null): SourceDraft {
  if (source?.kind === 'folder') return { ...emptyDraft, kind: 'folder', folder: source.folder, build: source.build }
  if (source?.kind === 'tar' || source?.kind === 'image-file') return { ...emptyDraft, kind: source.kind, file: source.file }
  if (source?.kind === 'image')
    return { ...emptyDraft, kind: 'image', where: source.connectionId ?? '', reference: source.reference }
  return emptyDraft
}

export const useDeploy = create<DeployStore>((set, get) => ({
  view: null,
  drafts: {},
  words: [],
  making: false,
  problem: null,
  async watch(placementId, signal) {
    set({ view: null, drafts: {}, words: [], making: false, problem: null })
    try {
      for await (const view of resumed<PlacementView>(
        () => client.placements.watch({ placementId: placementId }, { signal }),
        signal,
      )) {
        const first = get().view === null
        set({ view })
        if (!first) continue
        const hints = await client.releases.hints({ appId: view.app.id }, { signal }).catch(() => [])
        set({
          drafts: Object.fromEntries(
            view.app.services.map((service) => [
              service.id,
              draftOf(hints.find((hint) => hint.serviceId === service.id)?.source ?? null),
            ]),
          ),
        })
      }
    } catch (error) {
      if (!signal.aborted) set({ problem: problemOf(error) })
    }
  },
  change(serviceId, part) {
    const { drafts } = get()
    set({ drafts: { ...drafts, [serviceId]: { ...emptyDraft, ...drafts[serviceId], ...part } } })
  },
  async make(note, signal) {
    const { view, drafts } = get()
    if (!view || get().making) return null
    set({ making: true, problem: null, words: [] })
    const named = Object.entries(drafts).flatMap(([id, draft]) => {
      const source = sourceOf(draft)
      return source ? [[id, source] as const] : []
    })
    try {
      const input = {
        appId: view.app.id,
        placementId: view.placement.id,
        sources: Object.fromEntries(named) as Record<ServiceId, ArtifactSource>,
        note,
      }
      for await (const progress of await client.releases.create(input, { signal })) {
        if (progress.kind === 'made') return progress.release
        set({ words: [...get().words, progress].slice(-500) })
      }
    } catch (error) {
      if (!signal.aborted) set({ problem: problemOf(error) })
    } finally {
      set({ making: false })
    }
    return null
  },
  async makeDemo(variant) {
    set({ making: true, problem: null, words: [] })
    try {
      return await client.workspace.demoRelease({ variant })
    } catch (error) {
      set({ problem: problemOf(error) })
      return null
    } finally {
      set({ making: false })
    }
  },
}))
