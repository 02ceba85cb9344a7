export { osKeychain } from './keychain'
export { SecretRedactor } from './redaction'
export { Vault } from './vault'
