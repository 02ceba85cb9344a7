import { problemsFrom } from '../../shared/domain/problem'

type Nothing = Record<string, never>

/** One sentence whatever the data. */
const always =
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the data that the problem carries
  <D>(message: string, fix: string): ((data: D) => { message: string; fix: string }) =>
    () => ({ message, fix })

export const problem = problemsFrom({
  'vault-empty': always<Nothing>(
    'There is no place for secrets yet.',
    'Choose where the key is to live: the keychain of this computer, a passphrase, or this session only.',
  ),
  'vault-exists': ({ home }: { home: string }) => ({
    message: `The place for secrets has been chosen already (${home}).`,
    fix: 'Go on with it: unlock it where it is locked.',
  }),
  'vault-locked': always<{ home: string }>('Secrets are locked.', 'Unlock them in Settings and try again.'),
  'vault-damaged': ({ why }: { why: string }) => ({
    message: `What says where the key of the secrets lives cannot be read: ${why}. Nothing was changed.`,
    fix: 'Put back a copy of the data folder, or enter the secrets anew in a fresh one.',
  }),
  'vault-key-missing': always<Nothing>(
    'The keychain of this computer does not hold the key of these secrets. The data folder may come from another computer or user. Nothing was changed.',
    'Open the folder where it was made, or enter the secrets anew in a fresh data folder.',
  ),
  'vault-key-other': always<Nothing>(
    'The key in the keychain is not the one that sealed these secrets. Nothing was changed.',
    'Put back the keychain that belongs to this data folder, or enter the secrets anew in a fresh one.',
  ),
  'keychain-absent': ({ why }: { why: string }) => ({
    message: `This computer offers no keychain that Slipway can use: ${why}.`,
    fix: 'Start a keychain (on Linux: gnome-keyring or KWallet with the Secret Service), or choose a passphrase or this session only.',
  }),
  'keychain-locked': always<{ why: string }>(
    'The keychain is locked, and it was not unlocked.',
    'Unlock the keychain of your login and try again, or choose a passphrase.',
  ),
  'keychain-denied': always<{ why: string }>(
    'The keychain refused Slipway.',
    'Allow Slipway in the keychain when it asks, and try again.',
  ),
  'keychain-timeout': ({ seconds }: { seconds: number }) => ({
    message: `The keychain has not answered for ${seconds} s. It may be waiting for you in a window of its own.`,
    fix: 'Answer the keychain and try again.',
  }),
  'passphrase-wrong': always<Nothing>(
    'This is not the passphrase of the secrets.',
    'Try again: capital letters and the keyboard layout count.',
  ),
  'passphrase-short': ({ least }: { least: number }) => ({
    message: `The passphrase is too short: ${least} signs at least.`,
    fix: 'A few words in a row are easy to remember and hard to guess.',
  }),
  'secret-unknown': always<{ id: string }>(
    'This secret is not kept here: it was removed, or kept for a session that has ended.',
    'Enter it anew.',
  ),
  'secret-damaged': always<{ id: string }>(
    'A kept secret was changed or damaged and does not open.',
    'Enter it anew, or put back a copy of the data folder.',
  ),
  'secret-too-long': ({ bytes, most }: { bytes: number; most: number }) => ({
    message: `The secret is too long: ${bytes} bytes, at most ${most}.`,
    fix: 'Keep it in a file of the app instead.',
  }),
})
