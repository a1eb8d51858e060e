import { decode } from '../bson/decode.js';
import { encode } from '../bson/encode.js';
import { doc, type Doc } from '../bson/value.js';
import { afterPrefix, IDENT, keyOf } from '../storage/keys.js';
import type { Storage } from '../storage/storage.js';

const STATEMENT_OF_TRANSACTION = -1;

/**
 * What retryable writes answered, one entry per statement, written together with the statement's own changes. A statement that
 * comes again with the number of its first time gets its first answer. Each session keeps its latest number only.
 */
export class Statements {
  constructor(private readonly storage: Storage) {}

  highest(session: Buffer): bigint {
    let highest = -1n;
    for (const { value } of this.entries(session)) {
      const number = decode(value).get('txnNumber') as bigint;
      if (number > highest) highest = number;
    }
    return highest;
  }

  find(session: Buffer, txnNumber: bigint, statement: number): Doc | undefined {
    const value = this.storage.get(statementKey(session, statement));
    const saved = value && decode(value);
    return saved?.get('txnNumber') === txnNumber ? (saved.get('result') as Doc) : undefined;
  }

  save(
    target: { put(key: Buffer, value: Buffer): void },
    session: Buffer,
    txnNumber: bigint,
    statement: number,
    result: Doc,
  ): void {
    target.put(statementKey(session, statement), encode(doc({ txnNumber, result })));
  }

  /** A committed transaction is remembered too: its commit may be sent again after a restart. */
  saveCommit(target: { put(key: Buffer, value: Buffer): void }, session: Buffer, txnNumber: bigint): void {
    this.save(target, session, txnNumber, STATEMENT_OF_TRANSACTION, doc());
  }

  wasCommitted(session: Buffer, txnNumber: bigint): boolean {
    return this.find(session, txnNumber, STATEMENT_OF_TRANSACTION) !== undefined;
  }

  forget(session: Buffer): void {
    for (const { key } of [...this.entries(session)]) this.storage.remove(key);
  }

  private entries(session: Buffer) {
    const start = keyOf(IDENT.statements, session);
    return this.storage.range({ start, end: afterPrefix(start) });
  }
}

function statementKey(session: Buffer, statement: number): Buffer {
  const key = Buffer.allocUnsafe(20);
  session.copy(key, 0, 0, 16);
  key.writeInt32BE(statement, 16);
  return keyOf(IDENT.statements, key);
}
