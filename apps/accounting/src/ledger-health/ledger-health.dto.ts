import { z } from 'zod';
import { reconRun, toReconRunDto } from '../reconciliation/reconciliation.dto.js';
import type { LedgerState } from './ledger-health.service.js';

const lastRun = reconRun.omit({ drift: true, alerts: true }).meta({ id: 'ReconRunSummary' });

export const ledgerHealth = z
  .object({
    /** What the last runs have found and nobody has put right. */
    drift: z.int(),
    overdue_holds: z.int(),
    oldest_overdue_seconds: z.number(),
    frozen_accounts: z.int(),
    last_run: lastRun.nullable(),
  })
  .meta({ id: 'LedgerHealth' });
export type LedgerHealthReport = z.infer<typeof ledgerHealth>;

export function toLedgerHealthDto(state: LedgerState): LedgerHealthReport {
  return {
    drift: state.drift,
    overdue_holds: state.overdueHolds,
    oldest_overdue_seconds: state.oldestOverdueSeconds,
    frozen_accounts: state.frozenAccounts,
    last_run: state.lastRun ? lastRun.parse(toReconRunDto(state.lastRun)) : null,
  };
}
