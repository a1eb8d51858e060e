import type { DomainError } from '@parley/platform';
import type { ClientSession } from 'mongoose';
import { isKeyCap } from '../member-caps/member-cap.schema.js';
import type { MemberCapsService } from '../member-caps/member-caps.service.js';
import { HoldErrors } from './holds.errors.js';

/** What does not fit under the tightest of some caps, with what is left there. */
export interface Excess {
  requiredUcr: bigint;
  leftUcr: bigint;
}

/** Says whose cap it was: the key's own, or the one that the organisation has set for a member. */
export async function capRefusal(
  caps: MemberCapsService,
  capIds: readonly string[],
  { requiredUcr, leftUcr }: Excess,
  transaction: ClientSession,
  reserved?: (capId: string) => bigint,
): Promise<DomainError> {
  const underKey = await caps.tightest(capIds.filter(isKeyCap), transaction, reserved);
  const isKeys = underKey !== undefined && underKey <= leftUcr;
  return isKeys ? HoldErrors.keyCapReached(requiredUcr, leftUcr) : HoldErrors.capReached(requiredUcr, leftUcr);
}
