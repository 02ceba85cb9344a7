import { Component, type ReactNode } from 'react'
import { Button } from '../ui/button'
import { Empty } from '../ui/problem'
import styles from './shell.module.css'

/** Where a page breaks, the rest of the window stays. What lies `over` the page says so at its foot. */
export class ErrorEdge extends Component<{ children: ReactNode; over?: boolean }, { broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override render() {
    if (!this.state.broken) return this.props.children
    const said = (
      <Empty title="This page met something it could not show. Nothing that runs was touched.">
        <Button onClick={() => this.setState({ broken: false })}>Show it again</Button>
      </Empty>
    )
    return this.props.over ? <div className={styles['over']}>{said}</div> : said
  }
}
