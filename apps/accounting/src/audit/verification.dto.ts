import { z } from 'zod';
import { drift } from './drift.dto.js';
import type { Verification } from './verification.service.js';

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
