import { IconPlugConnectedX } from '@tabler/icons-react'
import { link, type LinkState } from '../client'
import { Button } from '../ui/button'
import { useNow } from '../ui/time'
import styles from './gone.module.css'

type Away = Extract<LinkState, { state: 'refused' | 'ended' | 'over' }>

const refusals: Record<string, { title: string; words: string }> = {
  'code-spent': {
    title: 'This address has been used',
    words: 'Each address opens Slipway once, within ten minutes of being printed.',
  },
  'code-unknown': { title: 'This address is not known', words: 'It may be from an earlier start of Slipway, or incomplete.' },
  'session-over': { title: 'Open Slipway by its own address', words: 'This page has no session: they end when Slipway ends.' },
}
const otherwise = {
  title: 'Slipway does not answer this page',
  words: 'Only a page that was opened by Slipway’s own address may speak with it.',
}

function words(now: Away) {
  switch (now.state) {
    case 'refused':
      return refusals[now.code] ?? otherwise
    case 'over':
      return {
        title: 'Slipway has ended',
        words: 'What was running goes on; runs are journalled. Start Slipway again to go on here.',
      }
    case 'ended':
      return {
        title: 'Slipway has ended',
        words: 'Nothing answers at this address. The page goes on by itself when Slipway is back.',
      }
    default:
      return now satisfies never
  }
}

function Attempt({ nextAt }: { nextAt: number }) {
  const seconds = Math.max(0, Math.ceil((nextAt - useNow()) / 1000))
  return <span className="dim">{seconds > 0 ? `Next attempt in ${seconds} s` : 'Trying now'}</span>
}

/** Says why there is nothing to see, and what to do about it. */
export function Gone({ now, slim, onTry = link.tryNow }: { now: Away; slim?: boolean; onTry?: () => void }) {
  const { title, words: under } = words(now)
  if (slim && now.state === 'ended') {
    return (
      <div className={styles['banner']} role="status">
        <IconPlugConnectedX size={17} stroke={1.75} aria-hidden />
        <strong>{title}.</strong>
        <span className={styles['under']}>What you see is as of then. {under}</span>
        <Attempt nextAt={now.nextAt} />
        <Button small onClick={onTry}>
          Try now
        </Button>
      </div>
    )
  }
  return (
    <main className={styles['page']}>
      <img src={new URL('./mark.svg', import.meta.url).href} width={44} height={44} alt="" />
      <h1>{title}</h1>
      <p>{under}</p>
      {now.state === 'refused' && (
        <p>
          For a fresh address, run <code>slipway url</code> in a terminal, or take the one that Slipway printed when it started.
        </p>
      )}
      {now.state === 'ended' && (
        <div className={styles['again']}>
          <Attempt nextAt={now.nextAt} />
          <Button onClick={onTry}>Try now</Button>
        </div>
      )}
    </main>
  )
}
