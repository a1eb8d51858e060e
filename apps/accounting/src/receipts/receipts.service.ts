import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { UserPrincipal } from '@parley/auth';
import type { Model } from 'mongoose';
import { AccountAccess } from '../accounts/account-access.js';
import { holdCollection, type HoldRecord } from '../holds/hold.schema.js';
import { LedgerErrors } from '../ledger/ledger.errors.js';
import { LedgerService } from '../ledger/ledger.service.js';
import { PricesService } from '../prices/prices.service.js';
import { type Receipt, toReceiptDto } from './receipts.dto.js';

/** Joins an entry with everything that explains it. */
@Injectable()
export class ReceiptsService {
  constructor(
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRecord>,
    private readonly access: AccountAccess,
    private readonly ledger: LedgerService,
    private readonly prices: PricesService,
  ) {}

  /** @throws DomainError `entry_not_found`, the same for an entry that is not there and one that may not be seen */
  async read(reader: UserPrincipal, entryId: string): Promise<Receipt> {
    const entry = await this.ledger.findEntry(entryId);
    if (!entry || !(await this.access.maySee(reader, entry.account_id))) throw LedgerErrors.entryNotFound();
    const hold = entry.hold_id ? await this.holds.findOne({ _id: entry.hold_id }).exec() : null;
    if (!hold) return toReceiptDto(entry);
    const price = await this.prices.version(hold.price_id);
    return toReceiptDto(entry, { hold, price, entries: await this.ledger.entriesOfHold(hold._id) });
  }
}
