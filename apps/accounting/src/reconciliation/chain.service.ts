import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, isDuplicateKey } from '@parley/platform';
import type { Model } from 'mongoose';
import { AccountErrors } from '../accounts/accounts.errors.js';
import { chainStart, type Drift, findDrift, nextLink } from './account-books.js';
import { Books } from './books.service.js';
import { chainHeadCollection, type ChainHeadRow } from './reconciliation.schema.js';

const pageSize = 500;

export interface Verification {
  accountId: string;
  entries: number;
  sealedSeq: number;
  headHash: string;
  /** Whether the entries still give the hash that was sealed. */
  chainHolds: boolean;
  drift: Drift[];
}

/** Chains the entries of each account behind its writers, so that changing an old one can be seen. */
@Injectable()
export class Chain {
  constructor(
    @InjectModel(chainHeadCollection.name) private readonly heads: Model<ChainHeadRow>,
    private readonly books: Books,
    private readonly clock: Clock,
  ) {}

  /** Seals what was written since the last time, on every account. Several instances may do so at once. */
  async sealAll(): Promise<void> {
    for (let last = ''; ;) {
      const ids = await this.books.accountIds(last, pageSize);
      for (const id of ids) await this.seal(id);
      if (ids.length < pageSize) return;
      last = ids.at(-1)!;
    }
  }

  /** Compares an account's entries with its seal and its books. @throws DomainError `account_not_found` */
  async verify(accountId: string): Promise<Verification> {
    const head = await this.heads.findOne({ _id: accountId });
    const books = await this.books.read(accountId);
    if (!books) throw AccountErrors.notFound();
    const sealedSeq = head?.seq ?? 0;
    const headHash = head?.hash ?? chainStart;
    const sealed = books.entries.slice(0, sealedSeq).reduce(nextLink, chainStart);
    const chainHolds = books.entries.length >= sealedSeq && sealed === headHash;
    return { accountId, entries: books.entries.length, sealedSeq, headHash, chainHolds, drift: findDrift(books) };
  }

  private async seal(accountId: string): Promise<void> {
    const head = await this.heads.findOne({ _id: accountId });
    const from = head?.seq ?? 0;
    const entries = await this.books.entriesAfter(accountId, from, pageSize);
    // A gap is the business of the reconciliation; sealing beyond it would only hide where it is.
    const unbroken = entries.filter(({ seq }, index) => seq === from + index + 1);
    if (unbroken.length === 0) return;
    const hash = unbroken.reduce(nextLink, head?.hash ?? chainStart);
    await this.move(accountId, from, { seq: from + unbroken.length, hash, at: this.clock.date() });
  }

  /** Another instance that sealed the same entries in the meantime has come to the same hash. */
  private async move(accountId: string, from: number, head: Omit<ChainHeadRow, '_id'>): Promise<void> {
    if (from > 0) {
      await this.heads.updateOne({ _id: accountId, seq: from }, { $set: head });
      return;
    }
    await this.heads.insertMany([{ _id: accountId, ...head }]).catch((error: unknown) => {
      if (!isDuplicateKey(error)) throw error;
    });
  }
}
