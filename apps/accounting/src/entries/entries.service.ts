import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { entryCollection, type EntryRecord } from '../ledger/ledger-entry.schema.js';

@Injectable()
export class EntriesService {
  constructor(@InjectModel(entryCollection.name) private readonly entries: Model<EntryRecord>) {}

  /** An account's entries, newest first, from just below `beforeSeq` on. */
  list(accountId: string, beforeSeq: number, limit: number): Promise<EntryRecord[]> {
    return this.entries
      .find({ account_id: accountId, seq: { $lt: beforeSeq } })
      .sort({ seq: -1 })
      .limit(limit)
      .exec();
  }
}
