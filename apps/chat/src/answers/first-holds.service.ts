import { Inject, Injectable } from '@nestjs/common';
import type { PlacedHold } from '@parley/contracts';
import { DomainError, LOGGER, type Logger } from '@parley/platform';
import { AccountingClient } from '../accounting/accounting-client.js';
import { ClosingsService } from '../closings/closings.service.js';
import { firstCoverTokens } from '../generations/covering-hold.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { StreamStore } from '../streams/stream-store.js';
import { UserLimitsService } from '../user-limits/user-limits.service.js';
import type { StartRequest } from './start-request.js';

/** The hold with which an answer begins. Without one the reserved stream is rejected, and what may be held is given back. */
@Injectable()
export class FirstHoldsService {
  constructor(
    private readonly accounting: AccountingClient,
    private readonly store: StreamStore,
    private readonly closings: ClosingsService,
    private readonly limits: UserLimitsService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @throws DomainError accounting's refusal, or `accounting_unavailable`; then the stream is rejected */
  async place(request: StartRequest, record: StreamRecord, maxTokens: number): Promise<PlacedHold> {
    try {
      return await this.accounting.createHold(request.accessToken, {
        hold_id: record._id,
        chat_session_id: request.sessionId,
        model: record.model,
        input_tokens: record.input_tokens_estimate,
        max_output_tokens: Math.min(firstCoverTokens, maxTokens),
        wanted_output_tokens: maxTokens,
      });
    } catch (error) {
      // Without an answer the hold may exist; it is released by its key for as long as that takes.
      const mayExist = !(error instanceof DomainError) || error.status >= 500;
      await this.reject(record, mayExist).catch((cause: unknown) => this.leaveToRecovery(record, cause));
      if (error instanceof DomainError && error.status === 402) await this.limits.countRefusedStart(record.user_id);
      throw error;
    }
  }

  /** The answer does not begin. @param mayBeHeld a hold may exist, and is released; else nothing is left of the stream */
  async reject(record: StreamRecord, mayBeHeld: boolean): Promise<void> {
    if (!mayBeHeld) return this.store.forget(record);
    await this.store.reject(record);
    void this.closings.close(record._id);
  }

  /** Whether it has begun is not known: recovery ends the stream and gives back what is held. */
  leaveToRecovery(record: StreamRecord, error: unknown): void {
    this.logger.error({ streaming_session_id: record._id, err: error }, 'a stream is left to recovery');
  }
}
