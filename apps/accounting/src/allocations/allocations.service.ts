import { Injectable } from '@nestjs/common';
import { Clock } from '@parley/platform';
import { accountOf, type Owner } from '../accounts/accounts.dto.js';
import { type Booked, BookingsService, entryIdOf } from '../bookings/bookings.service.js';
import { Directory } from '../directory/directory.js';
import { creditPosting } from '../ledger/posting.js';
import { requestHash } from '../ledger/request-hash.js';
import { TransactionErrors } from '../transactions/transactions.errors.js';
import type { CreateAllocation } from './allocations.dto.js';
import { AllocationErrors } from './allocations.errors.js';

@Injectable()
export class AllocationsService {
  constructor(
    private readonly directory: Directory,
    private readonly bookings: BookingsService,
    private readonly clock: Clock,
  ) {}

  /**
   * Gives credits to a user or an organisation. With a key, the same request is posted once, for all time.
   * @throws DomainError `user_not_found`, `organization_not_found`, `idempotency_mismatch`, `balance_limit`, `account_frozen`,
   *   `account_already_used`, `expires_in_the_past`, `auth_unavailable`, `ledger_busy`
   */
  async allocate(actor: string, request: CreateAllocation, key?: string): Promise<Booked> {
    const { type = 'allocation', ...rest } = request;
    const posting = creditPosting(
      type,
      entryIdOf('alloc', actor, key),
      accountOf(request),
      BigInt(request.amount_ucr),
      {
        actor,
        reason: request.reason,
        requestHash: requestHash({ operation: type, ...rest }),
        ...(request.expires_at === undefined ? {} : { expiresAt: new Date(request.expires_at) }),
      },
    );
    const earlier = await this.bookings.findEarlier(posting);
    if (earlier) return earlier;
    if (request.expires_at !== undefined && Date.parse(request.expires_at) <= this.clock.now())
      throw AllocationErrors.expiresInThePast();
    await this.requireOwner(request);
    // An allocation needs no credits, so a lack of them can only mean that the account has just changed.
    return this.bookings.book(posting, () => TransactionErrors.busy());
  }

  private async requireOwner({ user_id: userId, org_id: orgId }: Owner): Promise<void> {
    if (userId !== undefined && !(await this.directory.hasUser(userId))) throw AllocationErrors.userNotFound();
    if (orgId !== undefined && !(await this.directory.hasOrganization(orgId)))
      throw AllocationErrors.organizationNotFound();
  }
}
