import { Binary } from 'bson';
import type { Clock } from '../clock.js';
import { isDoc, isNumeric, type Doc, type Maybe } from '../bson/value.js';
import { failedToParse, MongoError, typeMismatch } from '../errors/mongo-error.js';
import type { Engine } from './engine.js';
import { Statements } from './statements.js';
import type { Transaction } from './transaction.js';

export interface Session {
  readonly id: Buffer;
  /** The highest transaction number that was used. */
  txnNumber: bigint;
  /** The transaction with that number, when it is one and not a retryable write. */
  transaction?: Transaction;
  /** The connection that it is on: it goes when the connection goes. */
  connection?: object;
  lastUsed: number;
}

const RECONNECT_MS = 5_000;
const IDLE_MS = 30 * 60_000;

/** The sessions of all clients, by their id. */
export class Sessions {
  private readonly sessions = new Map<string, Session>();
  readonly statements: Statements;
  /** Told when whatever belongs to a session is to be let go. */
  onEnd: (session: Session) => void = () => undefined;

  constructor(
    private readonly engine: Engine,
    private readonly clock: Clock,
  ) {
    this.statements = new Statements(engine.storage);
    clock.every(60_000, () => this.expire());
  }

  use(lsid: Maybe): Session {
    const id = sessionId(lsid);
    const text = id.toString('hex');
    let session = this.sessions.get(text);
    if (!session) {
      session = { id, txnNumber: this.statements.highest(id), lastUsed: 0 };
      this.sessions.set(text, session);
    }
    session.lastUsed = this.clock.now();
    return session;
  }

  /** Checks a command's transaction number against the session and moves the session on to it. */
  advance(session: Session, value: Maybe): void {
    if (!isNumeric(value)) throw typeMismatch('txnNumber must be a number');
    const number = BigInt(value as number | bigint);
    if (number < session.txnNumber)
      throw new MongoError(
        'TransactionTooOld',
        `Retryable write with txnNumber ${number} is prohibited on session because a newer transaction with txnNumber ${session.txnNumber} has already started on this session.`,
      );
    if (number === session.txnNumber) return;
    this.abort(session);
    session.txnNumber = number;
    delete session.transaction;
  }

  abort(session: Session): void {
    if (session.transaction) this.engine.abort(session.transaction);
  }

  /** Ends what the client is done with. */
  end(lsid: Maybe): void {
    const id = sessionId(lsid);
    const session = this.sessions.get(id.toString('hex'));
    if (session) this.letGo(session);
    this.sessions.delete(id.toString('hex'));
    this.statements.forget(id);
  }

  private letGo(session: Session): void {
    this.abort(session);
    this.onEnd(session);
  }

  /** Ends transactions and cursors, those of all sessions or of some; the sessions live on. */
  kill(lsids?: Maybe[]): void {
    const wanted = lsids?.map((lsid) => sessionId(lsid).toString('hex'));
    for (const [text, session] of this.sessions) if (!wanted || wanted.includes(text)) this.letGo(session);
  }

  /**
   * A transaction outlives its connection for a moment, because a driver sends a commit again on another one. After that its
   * client is taken to be gone, and its documents are freed.
   */
  connectionClosed(connection: object): void {
    for (const session of this.sessions.values()) {
      const { transaction } = session;
      if (session.connection !== connection || transaction?.state !== 'open') continue;
      this.clock.after(RECONNECT_MS, () => {
        if (session.connection === connection) this.engine.abort(transaction);
      });
    }
  }

  private expire(): void {
    const limit = this.clock.now() - IDLE_MS;
    for (const [text, session] of this.sessions) {
      if (session.lastUsed > limit) continue;
      this.letGo(session);
      this.sessions.delete(text);
      this.statements.forget(session.id);
    }
  }
}

function sessionId(lsid: Maybe): Buffer {
  const id = isDoc(lsid) ? lsid.get('id') : undefined;
  if (!(id instanceof Binary) || id.sub_type !== Binary.SUBTYPE_UUID || id.length() !== 16)
    throw failedToParse('BSON field lsid.id must be a UUID');
  return Buffer.from(id.buffer.subarray(0, 16));
}

export type Lsid = Doc;
