import { z } from 'zod'

export const Bounds = z.object({ x: z.int(), y: z.int(), width: z.int().min(1).max(20_000), height: z.int().min(1).max(20_000) })
export type Bounds = z.infer<typeof Bounds>

/** What is kept of a window between two starts. */
export const WindowState = z.object({ v: z.literal(1), bounds: Bounds, maximized: z.boolean() })
export type WindowState = z.infer<typeof WindowState>

export const smallest = { width: 760, height: 520 }
const usual = { width: 1280, height: 860 }
/** So much of a title bar must be on a display for the window to be caught with the mouse. */
const reachable = 80

/** Where the window opens: where it was, as far as a display is still there and large enough; else in the middle of the first. */
export function placed(kept: Bounds | null, displays: readonly Bounds[]): Bounds {
  const home = (kept && displays.find((display) => overlaps(kept, display))) ?? displays[0]
  if (!home) return kept ?? { x: 0, y: 0, ...usual }
  const wanted = kept ?? usual
  const width = Math.min(Math.max(wanted.width, smallest.width), home.width)
  const height = Math.min(Math.max(wanted.height, smallest.height), home.height)
  if (!kept || !overlaps(kept, home)) {
    return { x: home.x + Math.round((home.width - width) / 2), y: home.y + Math.round((home.height - height) / 2), width, height }
  }
  return {
    x: clamp(kept.x, home.x, home.x + home.width - width),
    y: clamp(kept.y, home.y, home.y + home.height - height),
    width,
    height,
  }
}

const clamp = (value: number, least: number, most: number) => Math.max(least, Math.min(value, most))

function overlaps(window: Bounds, display: Bounds): boolean {
  const across = Math.min(window.x + window.width, display.x + display.width) - Math.max(window.x, display.x)
  const down = Math.min(window.y + reachable, display.y + display.height) - Math.max(window.y, display.y)
  return across >= reachable && down > 0
}
