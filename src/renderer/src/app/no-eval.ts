import { config } from 'zod'

// Schemas probe for `new Function` when they are made; the page's policy forbids it, so they must not try.
config({ jitless: true })
