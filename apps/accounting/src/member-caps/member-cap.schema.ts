import { Schema } from 'mongoose';
import { type Collection, notNegativeLong, schemaOptions, text } from '../database/collection.js';

export const capPeriods = ['day', 'month'] as const;
export type CapPeriod = (typeof capPeriods)[number];

/** How much of an organisation's credits one member may use in a day or in a month (UTC). */
export interface MemberCapRecord {
  /** `<organisation>:<user>:<period>` */
  _id: string;
  org_id: string;
  user_id: string;
  period: CapPeriod;
  cap_ucr: bigint;
  /** The day or month that `spent_ucr` belongs to; in any other one nothing is spent yet. */
  window: string;
  spent_ucr: bigint;
  /** The holds that are open; they count in whatever window they end. */
  held_ucr: bigint;
}

export const capIdOf = (orgId: string, userId: string, period: CapPeriod): string => `${orgId}:${userId}:${period}`;

const required = { type: String, required: true } as const;
const amount = { type: BigInt, required: true } as const;
const schema = new Schema<MemberCapRecord>(
  {
    _id: required,
    org_id: required,
    user_id: required,
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
        period: { enum: [...capPeriods] },
        window: text,
        cap_ucr: notNegativeLong,
        spent_ucr: notNegativeLong,
        held_ucr: notNegativeLong,
      },
    },
  },
};
