import type { AccountingHarness, TestUser } from './accounting-harness.js';

let organizations = 0;

/**
 * Members of a pool, each with a cap.
 * @param caps the most for each period, in micro-credits
 * @param amountUcr what the pool has: enough for all of them, unless it is said
 */
export async function createMembers(
  accounting: AccountingHarness,
  count: number,
  caps: Record<string, number>,
  amountUcr = 1_000_000,
): Promise<TestUser[]> {
  const orgId = `org_pool${++organizations}`;
  const admin = { token: accounting.admin() };
  accounting.auth.organizations.add(orgId);
  await accounting.http.post('/credits/allocations', { org_id: orgId, amount_ucr: amountUcr, reason: 'test' }, admin);
  const members = Array.from({ length: count }, () => accounting.user());
  for (const { id } of members)
    for (const [period, cap_ucr] of Object.entries(caps))
      await accounting.http.put('/credits/member-caps', { org_id: orgId, user_id: id, period, cap_ucr }, admin);
  return members.map(({ id }) => ({ id, token: accounting.auth.accessToken(id, { org_id: orgId }) }));
}

/** What is stored about a member's cap. */
export const capOf = (accounting: AccountingHarness, { id }: TestUser, period = 'day') =>
  accounting.db.collection('member_caps').findOne({ user_id: id, period });
