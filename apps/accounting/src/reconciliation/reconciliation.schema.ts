import { Schema } from 'mongoose';
import { type Collection, counter, date, schemaOptions, text } from '../database/collection.js';
import type { Drift } from './account-books.js';

export const runStates = ['running', 'sound', 'drift', 'failed'] as const;

/** One look at all books. */
export interface ReconRunRow {
  _id: string;
  state: (typeof runStates)[number];
  started_by: string;
  at: Date;
  finished_at?: Date;
  accounts: number;
  entries: number;
  drift: Drift[];
}

const required = { type: String, required: true } as const;
const count = { type: Number, required: true } as const;
const runSchema = new Schema<ReconRunRow>(
  {
    _id: required,
    state: required,
    started_by: required,
    at: { type: Date, required: true },
    finished_at: Date,
    accounts: count,
    entries: count,
    drift: [new Schema<Drift>({ account_id: required, invariant: required, detail: required }, { _id: false })],
  },
  schemaOptions('recon_runs'),
);
runSchema.index({ at: -1 });
// One run at a time, whichever instance it is on.
runSchema.index({ state: 1 }, { unique: true, partialFilterExpression: { state: 'running' } });

export const reconRunCollection: Collection = {
  name: 'ReconRun',
  schema: runSchema,
  validator: {
    $jsonSchema: {
      bsonType: 'object',
      required: ['state', 'started_by', 'at', 'accounts', 'entries', 'drift'],
      properties: { state: { enum: [...runStates] }, started_by: text, at: date, accounts: counter, entries: counter },
    },
  },
};

/** How far an account's chain is sealed. */
export interface ChainHeadRow {
  /** The account. */
  _id: string;
  seq: number;
  hash: string;
  at: Date;
}

export const chainHeadCollection: Collection = {
  name: 'ChainHead',
  schema: new Schema<ChainHeadRow>(
    { _id: required, seq: count, hash: required, at: { type: Date, required: true } },
    schemaOptions('chain_heads'),
  ),
  validator: {
    $jsonSchema: {
      bsonType: 'object',
      required: ['seq', 'hash', 'at'],
      properties: { seq: counter, hash: text, at: date },
    },
  },
};
