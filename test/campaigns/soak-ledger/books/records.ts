import type { Db, MongoClient } from 'mongodb';

/** The parts of the stored documents that the books look at. Longs arrive as bigints. */
export interface StoredStream {
  _id: string;
  user_id: string;
  state: 'reserved' | 'streaming' | 'rejected' | 'completed' | 'stopped' | 'failed' | 'interrupted';
  last_seq: number;
  finish_reason?: string;
  usage?: { input_tokens: number; output_tokens: number; source: 'provider' | 'estimated' };
  sha256?: string;
  settlement: { state: string; charged_ucr?: number };
}
export interface StoredMessage {
  _id: string;
  session_id: string;
  role: 'user' | 'assistant';
  content: string;
  streaming_session_id: string;
}
export interface StoredHold {
  _id: string;
  account_id: string;
  state: string;
  amount_ucr: bigint;
  charged_ucr: bigint;
  uncollected_ucr: bigint;
  caps?: string[];
}
export interface StoredEntry {
  _id: string;
  account_id: string;
  type: string;
  seq: number;
  delta_ucr: bigint;
  held_delta_ucr: bigint;
  balance_after_ucr: bigint;
  held_after_ucr: bigint;
  hold_id?: string;
  written_off_ucr?: bigint;
}
export interface StoredAccount {
  _id: string;
  balance_ucr: bigint;
  held_ucr: bigint;
  open_holds: number;
  seq: number;
}

export interface StoredCap {
  _id: string;
  window: string;
  spent_ucr: bigint;
  held_ucr: bigint;
}

export interface Records {
  streams: StoredStream[];
  messages: StoredMessage[];
  holds: StoredHold[];
  entries: StoredEntry[];
  accounts: StoredAccount[];
  caps: StoredCap[];
}

export const chatOf = (mongo: MongoClient, prefix: string): Db => mongo.db(`${prefix}_chat`);
export const accountingOf = (mongo: MongoClient, prefix: string): Db => mongo.db(`${prefix}_accounting`);

const all = <T>(db: Db, name: string): Promise<T[]> => db.collection(name).find().toArray() as unknown as Promise<T[]>;

export async function readRecords(mongo: MongoClient, prefix: string): Promise<Records> {
  const [chat, accounting] = [chatOf(mongo, prefix), accountingOf(mongo, prefix)];
  return {
    streams: await all(chat, 'chat_streams'),
    messages: await all(chat, 'messages'),
    holds: await all(accounting, 'credit_holds'),
    entries: await all(accounting, 'credit_entries'),
    accounts: await all(accounting, 'credit_accounts'),
    caps: await all(accounting, 'member_caps'),
  };
}
