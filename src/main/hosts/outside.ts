const loopback = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** Whether an address may be opened outside: https anywhere, http on this computer only, never with a name and password in it. */
export function mayOpen(address: string): boolean {
  const url = URL.parse(address)
  if (!url || url.username !== '' || url.password !== '') return false
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && loopback.has(url.hostname)
}
