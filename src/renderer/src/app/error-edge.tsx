import { Component, type ReactNode } from 'react'
import { Button } from '../ui/button'
import { Empty } from '../ui/problem'

/** Where a page breaks, the rest of the window stays. */
export class ErrorEdge extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override render() {
    if (!this.state.broken) return this.props.children
    return (
      <Empty title="This page met something it could not show. Nothing that runs was touched.">
        <Button onClick={() => this.setState({ broken: false })}>Show it again</Button>
      </Empty>
    )
  }
}
