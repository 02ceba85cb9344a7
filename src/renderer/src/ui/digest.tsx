import { useState } from 'react'
import styles from './digest.module.css'

/** A digest's first seven signs; the whole on hover, copied on click. */
export function Digest({ digest, before, wide }: { digest: string; before?: string; wide?: boolean }) {
  const [copied, setCopied] = useState(false)
  const short = digest.replace(/^sha256:/, '').slice(0, 7)
  const copy = async () => {
    await navigator.clipboard.writeText(digest).then(
      () => setCopied(true),
      () => undefined,
    )
    setTimeout(() => setCopied(false), 1200)
  }
  return (
    <button
      type="button"
      className={`${styles['digest']} ${wide ? styles['wide'] : ''}`}
      title={`${digest} (press to copy)`}
      onClick={() => void copy()}
    >
      <span className={copied ? styles['hidden'] : ''}>
        {before ? `${before} ` : ''}
        {short}
      </span>
      <span aria-live="polite" className={copied ? styles['copied'] : 'sr'}>
        {copied ? 'copied' : ''}
      </span>
    </button>
  )
}
