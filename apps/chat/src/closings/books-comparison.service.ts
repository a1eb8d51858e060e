import { Inject, Injectable } from '@nestjs/common';
import type { Hold } from '@parley/contracts';
import { DomainError, Clock, LOGGER, type Logger, Metrics } from '@parley/platform';
import { AccountingClient } from '../accounting/accounting-client.js';
import type { Closing } from '../streams/stream.js';
import { ClosingStore } from './closing-store.js';

type Entry = Pick<Hold, 'state' | 'charged_ucr'>;

/** What a hold may have become when we have it down as settled or as released. */
const expectedStates: Record<NonNullable<Closing['action']>, readonly (Hold['state'] | 'absent')[]> = {
  settle: ['settled', 'late'],
  release: ['released', 'expired', 'absent'],
};

/**
 * Asks accounting, a while after each closing, whether its books say the same as ours. Nothing is repaired here: a difference
 * means that one of the two services is wrong, and a human has to see it.
 */
@Injectable()
export class BooksComparisonService {
  private readonly compared;

  constructor(
    private readonly closings: ClosingStore,
    private readonly accounting: AccountingClient,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.compared = metrics.counter(
      'chat_settlements_compared_total',
      "Settlements that were compared with accounting's books, by result.",
      ['result'],
    );
  }

  /** Ends early, and goes on in the next round, when accounting cannot be reached. @returns how many were compared */
  async compareDue(limit: number, stop?: AbortSignal): Promise<number> {
    let compared = 0;
    for (const { _id, settlement } of await this.closings.findToCompare(this.clock.date(), limit)) {
      if (stop?.aborted) break;
      const theirs = await this.read(_id);
      if (theirs === 'away') break;
      if (theirs === 'unreadable') continue;
      this.report(_id, settlement, theirs);
      await this.closings.markCompared(_id);
      compared++;
    }
    return compared;
  }

  private report(streamId: string, { action, charged_ucr }: Closing, theirs: Entry | 'absent'): void {
    const { state, charged_ucr: charged } = theirs === 'absent' ? { state: theirs, charged_ucr: 0 } : theirs;
    const isSame = action !== undefined && expectedStates[action].includes(state) && charged === charged_ucr;
    this.compared.inc({ result: isSame ? 'same' : 'different' });
    if (isSame) return;
    const accounting = { state, charged_ucr: charged };
    this.logger.error(
      { streaming_session_id: streamId, chat: { action, charged_ucr }, accounting },
      "accounting's books differ from ours",
    );
  }

  private async read(streamId: string): Promise<Entry | 'absent' | 'away' | 'unreadable'> {
    try {
      return await this.accounting.readHold(streamId);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'hold_not_found') return 'absent';
      this.logger.warn({ streaming_session_id: streamId, err: error }, 'a closing could not be compared');
      // One answer that makes no sense must not keep the others from being compared.
      return error instanceof DomainError ? 'away' : 'unreadable';
    }
  }
}
