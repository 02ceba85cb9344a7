import type { AuditLog } from '../storage/audit'
import type { Implementer } from './base'

export function activityHandlers(os: Implementer['activity'], audit: AuditLog) {
  return {
    audit: os.audit.handler(({ input }) => audit.list(input.before, input.limit)),
    verify: os.verify.handler(() => audit.verify()),
  }
}
