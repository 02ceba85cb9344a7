import { notifications } from '@mantine/notifications'
import { createElement } from 'react'
import { Button } from './button'

const closeButtonProps = { 'aria-label': 'Close this notice' }

/** Says in a corner that something was done. */
export function tell(message: string) {
  notifications.show({ message, color: 'var(--accent)', autoClose: 5000, closeButtonProps })
}

/** Says that something went wrong where no better place is on the screen. */
export function tellProblem(problem: { message: string; fix?: string | undefined }) {
  notifications.show({
    title: problem.message,
    message: problem.fix ?? '',
    color: 'var(--bad)',
    autoClose: 12_000,
    closeButtonProps,
  })
}

/** Says what was removed, with ten seconds to undo it. */
export function offerUndo(message: string, undo: () => void) {
  const id = notifications.show({
    color: 'var(--accent)',
    autoClose: 10_000,
    closeButtonProps,
    message: createElement(
      'span',
      null,
      message,
      ' ',
      createElement(
        Button,
        {
          tone: 'link',
          small: true,
          onClick: () => {
            notifications.hide(id)
            undo()
          },
        },
        'Undo',
      ),
    ),
  })
}
