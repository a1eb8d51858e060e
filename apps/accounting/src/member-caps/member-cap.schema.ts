import { Schema } from 'mongoose';
import { type Collection, notNegativeLong, schemaOptions, text } from '../database/collection.js';

export const capPeriods = ['day', 'month'] as const;
export type CapPeriod = (typeof capPeriods)[number];

/** The cap of an API key has no period: it is for all of the key's calls together. */
export const allTime = 'total';
const storedPeriods = [...capPeriods, allTime] as const;
export type StoredPeriod = (typeof storedPeriods)[number];

/** How much of an organisation's credits one member may use in a day or in a month (UTC), or one API key at all. */
export interface MemberCapRecord {
  /** `<organisation>:<user>:<period>`, or `key:<API key>` */
  _id: string;
  /** Empty for the key of somebody who uses their own account. */
  org_id: string;
  user_id: string;
  /** Of a key the account that it uses. */
  account_id?: string;
  period: StoredPeriod;
  cap_ucr: bigint;
  /** The day or month that `spent_ucr` belongs to; in any other one nothing is spent yet. */
  window: string;
  spent_ucr: bigint;
  /** The holds that are open; they count in whatever window they end. */
  held_ucr: bigint;
}

export const capIdOf = (orgId: string, userId: string, period: CapPeriod): string => `${orgId}:${userId}:${period}`;

export const keyCapIdOf = (apiKeyId: string): string => `key:${apiKeyId}`;
export const isKeyCap = (capId: string): boolean => capId.startsWith('key:');

const required = { type: String, required: true } as const;
const amount = { type: BigInt, required: true } as const;
const schema = new Schema<MemberCapRecord>(
  {
    _id: required,
    // Mongoose takes an empty string for a missing one.
    org_id: String,
    user_id: required,
    account_id: String,
    period: required,
    cap_ucr: amount,
    // Empty until something is spent, and mongoose takes an empty string for a missing one.
    window: String,
    spent_ucr: amount,
    held_ucr: amount,
  },
  schemaOptions('member_caps'),
);
schema.index({ org_id: 1, user_id: 1 });
schema.index({ account_id: 1 }, { sparse: true });

export const memberCapCollection: Collection = {
  name: 'MemberCap',
  schema,
  validator: {
    $jsonSchema: {
      bsonType: 'object',
      required: ['org_id', 'user_id', 'period', 'cap_ucr', 'window', 'spent_ucr', 'held_ucr'],
      properties: {
        org_id: text,
        user_id: text,
        period: { enum: [...storedPeriods] },
        window: text,
        cap_ucr: notNegativeLong,
        spent_ucr: notNegativeLong,
        held_ucr: notNegativeLong,
      },
    },
  },
};
