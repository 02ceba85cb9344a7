import './app/no-eval'
import { MantineProvider, createTheme, localStorageColorSchemeManager } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { createRoot } from 'react-dom/client'
import './app/styles'
import { Root } from './app/root'
import { link } from './client'

const theme = createTheme({ cursorType: 'pointer', respectReducedMotion: true, defaultRadius: 7 })
const colours = localStorageColorSchemeManager({ key: 'slipway-theme' })

// Mantine's own style tags are left out, so that the page lives under `style-src 'self'`: its variables come from files.
createRoot(document.querySelector('#root') ?? document.body).render(
  <MantineProvider
    theme={theme}
    defaultColorScheme="auto"
    colorSchemeManager={colours}
    withCssVariables={false}
    withGlobalClasses={false}
  >
    <Notifications position="bottom-left" limit={4} />
    <Root />
  </MantineProvider>,
)

void link.start()
