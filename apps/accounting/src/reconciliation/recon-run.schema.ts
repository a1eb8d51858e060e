import { Schema } from 'mongoose';
import type { Drift } from '../audit/drift.js';
import { type Collection, counter, date, schemaOptions, text } from '../database/collection.js';

export const runStates = ['running', 'sound', 'drift', 'failed'] as const;

/** Everything, or what was written since the last completed run. */
export const runScopes = ['full', 'incremental'] as const;
export type RunScope = (typeof runScopes)[number];

/** One comparison of the books. */
export interface ReconRunRecord {
  _id: string;
  state: (typeof runStates)[number];
  /** Missing on the oldest runs, which were full ones. */
  scope?: RunScope;
  started_by: string;
  at: Date;
  /** Its last sign of life, by the database's clock. */
  alive_at?: Date;
  finished_at?: Date;
  accounts: number;
  entries: number;
  drift: Drift[];
  /** How many there are; `drift` has the first of them. */
  drift_count?: number;
  /** What a person should look at, although no account is frozen for it. */
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
