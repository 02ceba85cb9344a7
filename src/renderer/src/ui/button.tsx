import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'
import styles from './button.module.css'

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  tone?: 'plain' | 'primary' | 'protected' | 'danger' | 'quiet' | 'link'
  small?: boolean
  icon?: ReactNode
  busy?: boolean
  ref?: Ref<HTMLButtonElement>
}

/** A button. While busy it keeps its place and cannot be pressed again. */
export function Button({
  tone = 'plain',
  small,
  icon,
  busy,
  className,
  children,
  disabled,
  type = 'button',
  ...rest
}: ButtonProps) {
  const names = [styles['button'], styles[tone], small && styles['small'], !children && styles['bare'], className]
  return (
    <button
      {...rest}
      type={type}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={names.filter(Boolean).join(' ')}
    >
      {busy ? <span className={styles['spinner']} aria-hidden /> : icon}
      {children}
    </button>
  )
}
