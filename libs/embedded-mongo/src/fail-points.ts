import { plain, show } from './bson/show.js';
import { doc, isDoc, isNumeric, toNumber, type Doc, type Maybe, type Value } from './bson/value.js';
import type { Clock } from './clock.js';
import type { Reply } from './commands/command.js';
import { CODES, type CodeName } from './errors/codes.js';
import { MongoError } from './errors/mongo-error.js';

interface FailPoint {
  data: Doc;
  /** How often it still acts; infinite for `alwaysOn`. */
  left: number;
  skip: number;
}

/** Errors after which the drivers send a retryable write once more. */
const RETRYABLE = new Set([6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);
/** Errors after which a whole transaction can be tried again. */
const TRANSIENT = new Set([24, 112, 246, 251, 267]);
const WRITES = new Set(['insert', 'update', 'delete', 'findAndModify', 'bulkWrite']);
export const DROP: Reply = doc({ closeConnection: true });

const listed = (value: Maybe): string[] => (Array.isArray(value) ? value.map(plain) : []);
const times = (mode: Maybe, name: string, otherwise: number): number => {
  const value = isDoc(mode) ? mode.get(name) : undefined;
  return isNumeric(value) ? toNumber(value) : otherwise;
};

/** MongoDB's fail points `failCommand` and `onPrimaryTransactionalWrite`, for tests of those who must cope with failures. */
export class FailPoints {
  /** The last write that was done without an answer: it is let through when it comes again. */
  private lastDone = '';
  private readonly points = new Map<string, FailPoint>();

  constructor(private readonly clock: Clock) {}

  configure(body: Doc): Doc {
    const name = plain(body.get('configureFailPoint'));
    if (name !== 'failCommand' && name !== 'onPrimaryTransactionalWrite')
      throw new MongoError('BadValue', `failpoint not found: ${name}`);
    const mode = body.get('mode');
    if (mode === 'off') this.points.delete(name);
    else {
      const data = body.get('data');
      this.points.set(name, {
        data: isDoc(data) ? data : doc(),
        left: times(mode, 'times', Infinity),
        skip: times(mode, 'skip', 0),
      });
    }
    return doc();
  }

  private hit(name: string, applies: (data: Doc) => boolean): Doc | undefined {
    const point = this.points.get(name);
    if (!point || !applies(point.data)) return undefined;
    if (point.skip-- > 0) return undefined;
    if (--point.left <= 0) this.points.delete(name);
    return point.data;
  }

  /** What happens to one command: an answer in its place, or a change of the answer that it gives. */
  async meet(name: string, body: Doc, appName: string | undefined, run: () => Promise<Reply>): Promise<Reply> {
    if (name === 'configureFailPoint') return run();
    const wanted = (data: Doc) =>
      listed(data.get('failCommands')).includes(name) && (!data.has('appName') || data.get('appName') === appName);
    const failure = this.hit('failCommand', wanted);
    if (failure) return this.fail(failure, body, run);
    const retryable = body.has('txnNumber') && !body.has('autocommit') && WRITES.has(name);
    const lost =
      retryable && numberOf(body) !== this.lastDone ? this.hit('onPrimaryTransactionalWrite', () => true) : undefined;
    if (!lost) return run();
    const code = lost.get('failBeforeCommitExceptionCode');
    if (isNumeric(code)) {
      if (lost.get('closeConnection') !== false) return DROP;
      return errorReply(toNumber(code), [], body);
    }
    await run();
    this.lastDone = numberOf(body);
    return DROP;
  }

  private async fail(data: Doc, body: Doc, run: () => Promise<Reply>): Promise<Reply> {
    if (data.get('blockConnection') === true) await this.pause(data.get('blockTimeMS'));
    if (data.get('closeConnection') === true) return DROP;
    const code = data.get('errorCode');
    if (isNumeric(code))
      return errorReply(toNumber(code), data.has('errorLabels') ? listed(data.get('errorLabels')) : undefined, body);
    const reply = await run();
    const concern = data.get('writeConcernError');
    if (isDoc(concern) && reply.get('ok') === 1) {
      reply.set('writeConcernError', new Map([...concern].filter(([key]) => key !== 'errorLabels')));
      const known = isNumeric(concern.get('code')) ? toNumber(concern.get('code') as number) : 0;
      const labels =
        data.has('errorLabels') || concern.has('errorLabels')
          ? listed(data.get('errorLabels') ?? concern.get('errorLabels'))
          : automatic(known, body).filter((label) => label === 'RetryableWriteError');
      if (labels.length > 0) reply.set('errorLabels', labels);
    }
    return reply;
  }

  private pause(milliseconds: Value | undefined): Promise<void> {
    return new Promise((resolve) => {
      this.clock.after(isNumeric(milliseconds) ? toNumber(milliseconds) : 0, resolve);
    });
  }
}

function numberOf(body: Doc): string {
  const lsid = body.get('lsid');
  return `${isDoc(lsid) ? show(lsid) : ''} ${plain(body.get('txnNumber'))}`;
}

/** The labels that the server itself would give to an error. */
function automatic(code: number, body: Doc): string[] {
  if (!body.has('txnNumber')) return [];
  const ending = body.has('commitTransaction') || body.has('abortTransaction');
  const inTransaction = body.get('autocommit') === false;
  const labels: string[] = [];
  if (inTransaction && (TRANSIENT.has(code) || (!ending && RETRYABLE.has(code))))
    labels.push('TransientTransactionError');
  if (RETRYABLE.has(code) && (!inTransaction || ending)) labels.push('RetryableWriteError');
  return labels;
}

function errorReply(code: number, labels: string[] | undefined, body: Doc): Reply {
  const name = Object.entries(CODES).find(([, known]) => known === code)?.[0] as CodeName | undefined;
  const given = labels ?? automatic(code, body);
  return new MongoError(name ?? code, "Failing command via 'failCommand' failpoint", { labels: given }).toReply();
}
