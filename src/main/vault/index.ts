export { osKeychain, type Keychain } from './keychain'
export { SecretRedactor, type MaskedStream } from './redaction'
export { Secret } from './secret'
export { Vault, type ChosenHome, type SealedRecords, type VaultMeta } from './vault'
