import { isoTime } from '@parley/contracts';
import { z } from 'zod';
import { drift, toDriftDto } from '../audit/drift.dto.js';
import { type ReconRunRecord, runScopes, runStates } from './recon-run.schema.js';

export const startRun = z
  .strictObject({
    scope: z
      .enum(runScopes)
      .default('full')
      .meta({ description: 'full reads all books; incremental what was written since the last run' }),
  })
  .meta({ id: 'StartRun', examples: [{ scope: 'full' }, { scope: 'incremental' }] });
export type StartRun = z.output<typeof startRun>;

export const reconRun = z
  .object({
    run_id: z.string(),
    state: z.enum(runStates),
    scope: z.enum(runScopes),
    started_at: isoTime,
    finished_at: isoTime.nullable(),
    /** How many were read. */
    accounts: z.int(),
    entries: z.int(),
    /** The first thousand. */
    drift: z.array(drift),
    drift_count: z.int(),
    /** What a person should look at although nothing is wrong in the books. */
    alerts: z.array(drift),
  })
  .meta({ id: 'ReconRun' });
export type ReconRun = z.infer<typeof reconRun>;

export const toReconRunDto = (record: ReconRunRecord): ReconRun => ({
  run_id: record._id,
  state: record.state,
  scope: record.scope ?? 'full',
  started_at: record.at.toISOString(),
  finished_at: record.finished_at?.toISOString() ?? null,
  accounts: record.accounts,
  entries: record.entries,
  drift: record.drift.map(toDriftDto),
  drift_count: record.drift_count ?? record.drift.length,
  alerts: (record.alerts ?? []).map(toDriftDto),
});
