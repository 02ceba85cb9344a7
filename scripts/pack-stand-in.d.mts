/** Writes a folder that electron-builder takes for an unpacked Electron. */
export function makeStandIn(folder: string): void
