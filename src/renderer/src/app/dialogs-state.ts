import { create } from 'zustand'

/** The small dialog that is open, if any. */
export const useDialogs = create<{ open: 'shortcuts' | 'quit' | null }>(() => ({ open: null }))
export const closeDialog = () => useDialogs.setState({ open: null })
