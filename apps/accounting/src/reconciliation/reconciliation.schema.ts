import { Schema } from 'mongoose';
import { type Collection, counter, date, notNegativeLong, schemaOptions, text } from '../database/collection.js';
import type { Drift } from '../audit/drift.js';

export const runStates = ['running', 'sound', 'drift', 'failed'] as const;

/** Everything, or what was written since the last run that went through. */
export const runScopes = ['full', 'incremental'] as const;
export type RunScope = (typeof runScopes)[number];

/** One look at the books. */
export interface ReconRunRecord {
  _id: string;
  state: (typeof runStates)[number];
  /** Missing on runs from before there was a choice, which were full ones. */
  scope?: RunScope;
  started_by: string;
  at: Date;
  /** When it last said that it goes on, by the database's clock. */
  alive_at?: Date;
  finished_at?: Date;
  accounts: number;
  entries: number;
  drift: Drift[];
  /** How many there are; `drift` has the first of them. */
  drift_count?: number;
  /** What a person should look at and no account is frozen for. */
  alerts?: Drift[];
}

const required = { type: String, required: true } as const;
const count = { type: Number, required: true } as const;
const drift = new Schema<Drift>({ account_id: required, invariant: required, detail: required }, { _id: false });
const runSchema = new Schema<ReconRunRecord>(
  {
    _id: required,
    state: required,
    scope: String,
    started_by: required,
    at: { type: Date, required: true },
    alive_at: Date,
    finished_at: Date,
    accounts: count,
    entries: count,
    drift: [drift],
    drift_count: Number,
    alerts: [drift],
  },
  schemaOptions('recon_runs'),
);
runSchema.index({ at: -1, alive_at: -1 });
// One run at a time, whichever instance it is on.
runSchema.index({ state: 1 }, { unique: true, partialFilterExpression: { state: 'running' } });

export const reconRunCollection: Collection = {
  name: 'ReconRun',
  schema: runSchema,
  validator: {
    $jsonSchema: {
      bsonType: 'object',
      required: ['state', 'started_by', 'at', 'accounts', 'entries', 'drift'],
      properties: {
        state: { enum: [...runStates] },
        scope: { enum: [...runScopes] },
        started_by: text,
        at: date,
        accounts: counter,
        entries: counter,
      },
    },
  },
};

/** How far an account's chain is sealed. */
export interface ChainHeadRecord {
  /** The account. */
  _id: string;
  seq: number;
  hash: string;
  /** What the links are made of; chains of before there was a choice have none. */
  form?: number;
  at: Date;
}

export const chainHeadCollection: Collection = {
  name: 'ChainHead',
  schema: new Schema<ChainHeadRecord>(
    { _id: required, seq: count, hash: required, form: Number, at: { type: Date, required: true } },
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

/** Up to where an account's entries were found in order, and what they came to there. Only what comes after is read every hour. */
export interface CheckpointRecord {
  /** The account. */
  _id: string;
  seq: number;
  balance_ucr: bigint;
  held_ucr: bigint;
  /** The link of that entry in the account's chain. */
  link: string;
  /** What the links are made of. */
  form: number;
  at: Date;
}

const amount = { type: BigInt, required: true } as const;

export const checkpointCollection: Collection = {
  name: 'ReconCheckpoint',
  schema: new Schema<CheckpointRecord>(
    {
      _id: required,
      seq: count,
      balance_ucr: amount,
      held_ucr: amount,
      link: required,
      form: count,
      at: { type: Date, required: true },
    },
    schemaOptions('recon_checkpoints'),
  ),
  validator: {
    $jsonSchema: {
      bsonType: 'object',
      required: ['seq', 'balance_ucr', 'held_ucr', 'link', 'form', 'at'],
      properties: { seq: counter, balance_ucr: notNegativeLong, held_ucr: notNegativeLong, link: text, at: date },
    },
  },
};
