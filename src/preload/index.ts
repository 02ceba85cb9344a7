import { ipcRenderer } from 'electron'

// Hands one port over to the page and knows nothing of what is said through it.
ipcRenderer.on('slipway-port', (event) => {
  const [port] = event.ports
  if (port) window.postMessage('slipway-port', location.origin, [port])
})

window.addEventListener('DOMContentLoaded', () => ipcRenderer.send('slipway-port'))
