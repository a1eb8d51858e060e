import { Injectable } from '@nestjs/common';
import type { GrantAllowance } from '@parley/contracts';
import { type Booked, BookingsService } from '../bookings/bookings.service.js';
import { accountIdOf } from '../ledger/account.schema.js';
import { creditPosting } from '../ledger/posting.js';
import { requestHash } from '../ledger/request-hash.js';
import { TransactionErrors } from '../transactions/transactions.errors.js';

/** What visitors may spend before they sign in. Who gets how much is auth's business; that it is given once is the ledger's. */
@Injectable()
export class AllowancesService {
  constructor(private readonly bookings: BookingsService) {}

  /** @throws DomainError `idempotency_mismatch` for another amount than the first, `account_frozen`, `balance_limit`, `ledger_busy` */
  grant(service: string, request: GrantAllowance): Promise<Booked> {
    const { visitor_id: visitorId, amount_ucr: amountUcr } = request;
    // The visitor names the entry, so there is no second one.
    const entryId = `allowance:${visitorId}`;
    const facts = { actor: `svc:${service}`, requestHash: requestHash({ operation: 'allowance', ...request }) };
    const posting = creditPosting('allowance', entryId, accountIdOf(visitorId), BigInt(amountUcr), facts);
    return this.bookings.book(posting, () => TransactionErrors.busy());
  }
}
