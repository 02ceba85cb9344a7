export { osKeychain } from './keychain'
export { Vault } from './vault'
