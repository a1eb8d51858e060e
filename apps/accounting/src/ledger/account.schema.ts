import { Schema } from 'mongoose';
import { type Collection, counter, date, notNegativeLong, schemaOptions } from '../database/collection.js';
import type { AccountState } from './posting.js';

/** A purse of credits. `balance_ucr` is what it owns, `held_ucr` the part of it that is set aside. */
export interface AccountRecord {
  /** `user:<user id>` or `org:<organisation id>` */
  _id: string;
  balance_ucr: bigint;
  held_ucr: bigint;
  open_holds: number;
  /** The number of its last entry. */
  seq: number;
  status: AccountState['status'];
  created_at: Date;
  updated_at: Date;
}

const schema = new Schema<AccountRecord>(
  {
    _id: { type: String, required: true },
    balance_ucr: { type: BigInt, required: true },
    held_ucr: { type: BigInt, required: true },
    open_holds: { type: Number, required: true },
    seq: { type: Number, required: true },
    status: { type: String, required: true },
    created_at: { type: Date, required: true },
    updated_at: { type: Date, required: true },
  },
  schemaOptions('credit_accounts'),
);
schema.index({ status: 1 });
// Which accounts moved lately, for the sealing and the incremental audit.
schema.index({ updated_at: 1 });

export const accountCollection: Collection = {
  name: 'CreditAccount',
  schema,
  validator: {
    $jsonSchema: {
      bsonType: 'object',
      required: ['balance_ucr', 'held_ucr', 'open_holds', 'seq', 'status', 'created_at', 'updated_at'],
      properties: {
        balance_ucr: notNegativeLong,
        held_ucr: notNegativeLong,
        open_holds: counter,
        seq: counter,
        status: { enum: ['active', 'frozen', 'closed'] },
        created_at: date,
        updated_at: date,
      },
    },
    $expr: { $and: [{ $gte: ['$held_ucr', 0] }, { $gte: ['$balance_ucr', '$held_ucr'] }] },
  },
};

export const accountIdOf = (userId: string): string => `user:${userId}`;

/** The pool that the members of an organisation share. */
export const orgAccountIdOf = (orgId: string): string => `org:${orgId}`;

export const stateOf = (account: AccountRecord): AccountState => ({
  status: account.status,
  balance: account.balance_ucr,
  held: account.held_ucr,
  openHolds: account.open_holds,
  seq: account.seq,
});
