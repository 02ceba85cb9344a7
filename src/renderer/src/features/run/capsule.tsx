import { IconArchive } from '@tabler/icons-react'
import { useEffect } from 'react'
import type { CapsuleId } from '../../../../shared/domain/ids'
import card from '../../ui/card.module.css'
import { stamp } from '../../ui/format'
import { LineText } from '../../ui/lines'
import { Bone } from '../../ui/problem'
import { useRun } from './store'
import styles from './run.module.css'

/** What was kept of a failure before anything was cleaned up. */
export function CapsuleView({ capsuleId }: { capsuleId: CapsuleId }) {
  const { capsule, loadCapsule } = useRun()
  useEffect(() => void loadCapsule(capsuleId), [capsuleId, loadCapsule])
  return (
    <section className={`${card['card']} ${styles['capsule']}`} aria-label="Failure capsule">
      <h2 className={styles['capsule-title']}>
        <IconArchive size={17} stroke={1.75} aria-hidden /> Failure capsule
      </h2>
      <p className="dim">What the instances said and did, kept before anything was cleaned up.</p>
      {!capsule && <Bone height={60} />}
      {capsule?.problem && <p className={styles['trouble']}>{capsule.problem.message}</p>}
      {capsule?.evidence.map((evidence) => (
        <div key={`${evidence.targetId} ${evidence.instance}`} className={styles['evidence']}>
          <h3 className="mono">{evidence.instance}</h3>
          <dl>
            {evidence.exit && (
              <div>
                <dt>Exit</dt>
                <dd>{evidence.exit}</dd>
              </div>
            )}
            {evidence.stopReason && (
              <div>
                <dt>Stopped because</dt>
                <dd>{evidence.stopReason}</dd>
              </div>
            )}
            {evidence.healthAnswers.length > 0 && (
              <div>
                <dt>Health answers</dt>
                <dd>
                  {evidence.healthAnswers.slice(-8).map((answer) => (
                    <div key={`${answer.at} ${answer.words}`}>
                      <span className="mono dim">{stamp(answer.at)}</span> {answer.words}
                    </div>
                  ))}
                </dd>
              </div>
            )}
          </dl>
          {evidence.lastLines.length > 0 && (
            <pre className={card['output']} tabIndex={0} aria-label={`Last lines of ${evidence.instance}`}>
              {evidence.lastLines.map((line, index) => (
                // oxlint-disable-next-line react/no-array-index-key -- kept lines never move
                <div key={index}>
                  <LineText text={line} />
                </div>
              ))}
            </pre>
          )}
        </div>
      ))}
    </section>
  )
}
