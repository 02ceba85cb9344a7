/** Saves a text where downloads go. */
export const saveText = (fileName: string, text: string) => saveBlob(fileName, new Blob([text], { type: 'text/plain' }))

/** Saves bytes where downloads go. */
export function saveBlob(fileName: string, bytes: Blob) {
  const url = URL.createObjectURL(bytes)
  const anchor = document.createElement('a')
  anchor.href = url
  anchor.download = fileName
  anchor.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
