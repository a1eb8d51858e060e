import { bodyHash } from './answers.dto.js';
import { AnswerErrors } from './answers.errors.js';
import type { StartedAnswer, StartRequest } from './start-request.js';

/** The starts that are being decided in this process: a user's Idempotency-Key has one of them, however often it is sent. */
export class StartsUnderWay implements Iterable<Promise<StartedAnswer>> {
  private readonly all = new Set<Promise<StartedAnswer>>();
  private readonly byKey = new Map<string, { body: string; outcome: Promise<StartedAnswer> }>();

  /**
   * Decides on a start, or waits for the decision on the same one. Whoever waits gets its outcome, also when that is a refusal.
   * @throws DomainError `idempotency_key_reused`, or whatever the start is refused with
   */
  async join(request: StartRequest, decide: () => Promise<StartedAnswer>): Promise<StartedAnswer> {
    const key = keyOf(request);
    if (key === undefined) return this.track(decide());
    const first = this.byKey.get(key);
    const body = bodyHash(request.body);
    if (first && first.body !== body) throw AnswerErrors.idempotencyKeyReused();
    if (first) return { ...(await first.outcome), replayed: true };
    const outcome = this.track(decide());
    this.byKey.set(key, { body, outcome });
    return outcome.finally(() => this.byKey.delete(key));
  }

  [Symbol.iterator](): Iterator<Promise<StartedAnswer>> {
    return this.all.values();
  }

  private track(outcome: Promise<StartedAnswer>): Promise<StartedAnswer> {
    const tracked = outcome.finally(() => this.all.delete(tracked));
    this.all.add(tracked);
    return tracked;
  }
}

const keyOf = ({ user, sessionId, idempotencyKey }: StartRequest): string | undefined =>
  idempotencyKey === undefined ? undefined : `${user.userId} ${sessionId} ${idempotencyKey}`;
