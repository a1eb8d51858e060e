import { Inject, Injectable } from '@nestjs/common';
import type { Hold } from '@parley/contracts';
import { Clock, DomainError, LOGGER, type Logger } from '@parley/platform';
import { AccountingClient } from '../accounting/accounting-client.js';
import { type Closing, isTerminal } from '../streams/stream.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { StreamStore } from '../streams/stream-store.js';
import { ClosingStore } from './closing-store.js';

/** Waits between attempts: 1 s doubled each time, at most five minutes, for as long as it takes. */
const backoffMs = (attempts: number): number => Math.min(1_000 * 2 ** attempts, 300_000);

/** No request is under way for so long: a hold that is missing when its stream is older than this will never come. */
const longestRequestMs = 60_000;
/** Later than the readers of the answer want anything from either service. */
const compareAfterMs = 60_000;

/**
 * Closes the hold of a stream that is over. What is due is stored with the stream's end, so a crash forgets nothing; accounting
 * recognises a repeat, so any number of processes may do this at once.
 */
@Injectable()
export class ClosingsService {
  constructor(
    private readonly streams: StreamStore,
    private readonly closings: ClosingStore,
    private readonly accounting: AccountingClient,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Makes one attempt. @returns the record with its closing done, or null when it is still due; never rejects */
  async close(streamId: string): Promise<StreamRecord | null> {
    try {
      const record = await this.streams.find(streamId);
      if (!record || record.settlement.state === 'done') return record;
      if (record.settlement.state !== 'due') return null;
      const closing = await this.attempt(record);
      // Whoever writes first is right: accounting has told both the same.
      const written = (await this.closings.write(record, closing)) ?? (await this.streams.find(streamId));
      return written?.settlement.state === 'done' ? written : null;
    } catch (error) {
      this.logger.warn({ streaming_session_id: streamId, err: error }, 'a closing is still due');
      return null;
    }
  }

  /** Attempts what is due. @returns how many were attempted */
  async closeDue(limit: number, stop?: AbortSignal): Promise<number> {
    let attempted = 0;
    for (const { _id } of await this.closings.findDue(this.clock.date(), limit)) {
      if (stop?.aborted) break;
      await this.close(_id);
      attempted++;
    }
    return attempted;
  }

  private async attempt(record: StreamRecord): Promise<Closing> {
    const { action, attempts = 0 } = record.settlement;
    const attempted = { ...(action ? { action } : {}), attempts: attempts + 1 };
    try {
      const { charged_ucr } = await this.tell(record);
      return { ...attempted, ...this.done(charged_ucr) };
    } catch (error) {
      if (this.mayStillCome(record, error) || !isFinal(error)) {
        this.logger.warn({ streaming_session_id: record._id, attempts, err: error }, 'a closing is still due');
        return { ...attempted, state: 'due', next_attempt_at: new Date(this.clock.now() + backoffMs(attempts)) };
      }
      // It was never made, so there is nothing to give back.
      if (action === 'release' && isOneOf(error, 'hold_not_found')) return { ...attempted, ...this.done(0) };
      this.logger.error(
        { streaming_session_id: record._id, code: (error as DomainError).code },
        'accounting refuses a closing',
      );
      return { ...attempted, state: 'refused' };
    }
  }

  private done(charged_ucr: number): Closing {
    return { state: 'done', charged_ucr, compare_at: new Date(this.clock.now() + compareAfterMs) };
  }

  /** A request for a hold whose answer was lost may still be on its way, and would make one that nobody gives back. */
  private mayStillCome({ settlement, created_at }: StreamRecord, error: unknown): boolean {
    const isYoung = this.clock.now() - created_at.getTime() < longestRequestMs;
    return settlement.action === 'release' && isOneOf(error, 'hold_not_found') && isYoung;
  }

  private tell({ _id, state, settlement, usage, finish_reason }: StreamRecord): Promise<Hold> {
    if (settlement.action === 'release' || !usage || !isTerminal(state)) {
      return this.accounting.releaseHold(_id, { streaming_session_id: _id, reason: finish_reason ?? state });
    }
    return this.accounting.settleHold(_id, { streaming_session_id: _id, usage, outcome: state });
  }
}

const isOneOf = (error: unknown, ...codes: string[]): boolean =>
  error instanceof DomainError && codes.includes(error.code);

/** What no repeat will change: the hold has ended otherwise, or there is none. All else is trouble that passes. */
const isFinal = (error: unknown): boolean =>
  error instanceof DomainError && (error.status === 409 || error.code === 'hold_not_found');
