import { isoTime } from '@parley/contracts';
import { z } from 'zod';
import type { Verification } from './chain.service.js';
import { type ReconRunRow, runStates } from './reconciliation.schema.js';

const drift = z.object({ account_id: z.string(), invariant: z.string(), detail: z.string() });

export const reconRun = z
  .object({
    run_id: z.string(),
    state: z.enum(runStates),
    started_at: isoTime,
    finished_at: isoTime.nullable(),
    accounts: z.int(),
    entries: z.int(),
    drift: z.array(drift),
  })
  .meta({ id: 'ReconRun' });
export type ReconRun = z.infer<typeof reconRun>;

export const toReconRunDto = (row: ReconRunRow): ReconRun => ({
  run_id: row._id,
  state: row.state,
  started_at: row.at.toISOString(),
  finished_at: row.finished_at?.toISOString() ?? null,
  accounts: row.accounts,
  entries: row.entries,
  drift: row.drift.map(({ account_id, invariant, detail }) => ({ account_id, invariant, detail })),
});

export const verification = z
  .object({
    account_id: z.string(),
    sound: z.boolean(),
    entries: z.int(),
    /** Entries up to this number are sealed by `head_hash`. */
    sealed_seq: z.int(),
    head_hash: z.string(),
    chain_holds: z.boolean(),
    drift: z.array(drift),
  })
  .meta({ id: 'Verification' });

export const toVerificationDto = (of: Verification): z.infer<typeof verification> => ({
  account_id: of.accountId,
  sound: of.chainHolds && of.drift.length === 0,
  entries: of.entries,
  sealed_seq: of.sealedSeq,
  head_hash: of.headHash,
  chain_holds: of.chainHolds,
  drift: of.drift,
});
