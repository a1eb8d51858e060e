import { nonNegativeUcr } from '@parley/contracts';
import { z } from 'zod';
import { orgIdInput, userIdInput } from '../accounts/accounts.dto.js';
import { amountInput, toUcr } from '../ledger/amount.js';
import { type CapPeriod, capPeriods, type MemberCapRecord } from './member-cap.schema.js';

export const putMemberCap = z
  .strictObject({ org_id: orgIdInput, user_id: userIdInput, period: z.enum(capPeriods), cap_ucr: amountInput(0) })
  .meta({
    id: 'PutMemberCap',
    examples: [
      {
        org_id: 'org_1f0c9d2e7b6a4853a1d2c3b4e5f60718',
        user_id: 'usr_1f0c9d2e7b6a4853a1d2c3b4e5f60718',
        period: 'month',
        cap_ucr: 20_000_000,
      },
    ],
  });
export type PutMemberCap = z.infer<typeof putMemberCap>;

export const memberCap = z
  .object({
    org_id: z.string(),
    user_id: z.string(),
    period: z.enum(capPeriods),
    cap_ucr: nonNegativeUcr,
    held_ucr: nonNegativeUcr,
  })
  .meta({ id: 'MemberCap' });
export type MemberCap = z.infer<typeof memberCap>;

export const toMemberCapDto = (record: MemberCapRecord, period: CapPeriod): MemberCap => ({
  org_id: record.org_id,
  user_id: record.user_id,
  period,
  cap_ucr: toUcr(record.cap_ucr),
  held_ucr: toUcr(record.held_ucr),
});
