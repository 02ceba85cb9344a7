/** Known secrets, masked wherever they could show. */
export { SecretRedactor, maskOf, type MaskedStream } from './redaction'
