import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { UserPrincipal } from '@parley/auth';
import type { PlacedHold } from '@parley/contracts';
import {
  Clock,
  DomainError,
  isDuplicateKey,
  isStoreFailure,
  LOGGER,
  type Logger,
  newUuid,
  ReadinessChecks,
} from '@parley/platform';
import { AccountingClient } from '../accounting/accounting-client.js';
import type { ChatSession } from '../chat-sessions/chat-session.schema.js';
import { ChatSessionErrors } from '../chat-sessions/chat-sessions.errors.js';
import { ChatSessionsService } from '../chat-sessions/chat-sessions.service.js';
import { SettlementsService } from '../closings/closings.service.js';
import { ChunkLog } from '../streams/chunk-log.js';
import type { LiveStream } from '../readers/live-stream.js';
import { LiveStreams } from '../readers/live-streams.js';
import { StopReason } from '../streams/stop-reason.js';
import { newStreamId, type StreamEnd } from '../streams/stream.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { type NewStream, StreamStore } from '../streams/stream-store.js';
import { StreamErrors } from '../streams/streams.errors.js';
import { AnswerRun, type Question } from '../generations/generation.js';
import { bodyHash, type StartStream } from './answers.dto.js';
import { type PreparedQuestion, QuestionsService } from './questions.service.js';
import { firstSliceTokens, RollingHold } from '../generations/covering-hold.js';

/** How long running answers may take to end by themselves when the process is told to stop. */
const drainMs = 20_000;
/** How long a repeated request waits for the first one to be decided, and how often it looks. */
const decisionMs = 5_000;
const decisionPollMs = 50;
/** How long, and how often, the end of a stream is tried to be written while the database is away. */
const finishLimitMs = 60_000;
const finishRetryMs = 1_000;

export interface StartedAnswer {
  record: StreamRecord;
  /** The same request was made before: this is its stream, from the start. */
  replayed: boolean;
}

export interface StartRequest {
  user: UserPrincipal;
  accessToken: string;
  sessionId: string;
  body: StartStream;
  idempotencyKey?: string;
}

/** Begins a paid answer. The order is the guarantee: record, hold, message, and only then headers and the model. */
@Injectable()
export class AnswersService implements BeforeApplicationShutdown {
  private draining = false;
  /** Requests of which it is not yet known whether they begin an answer. */
  private readonly starting = new Set<Promise<StartedAnswer>>();

  constructor(
    private readonly sessions: ChatSessionsService,
    private readonly questions: QuestionsService,
    private readonly store: StreamStore,
    private readonly log: ChunkLog,
    private readonly accounting: AccountingClient,
    private readonly settlements: SettlementsService,
    private readonly live: LiveStreams,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    readiness: ReadinessChecks,
  ) {
    readiness.register('draining', () => !this.draining);
  }

  /** @throws DomainError 402, 404, 409, 422, 429 or 503; then no model was called and nothing is charged */
  async start(request: StartRequest): Promise<StartedAnswer> {
    if (this.draining) throw StreamErrors.draining();
    const starting = this.decide(request);
    this.starting.add(starting);
    return starting.finally(() => this.starting.delete(starting));
  }

  /** Lets answers that run or are about to begin end, then cuts off the rest: their text and their bill are kept. */
  async beforeApplicationShutdown(): Promise<void> {
    this.draining = true;
    const timer = setTimeout(() => this.live.stopAll(StopReason.shutdown), drainMs);
    await Promise.allSettled(this.starting);
    await this.live.whenIdle();
    clearTimeout(timer);
  }

  private async decide(request: StartRequest): Promise<StartedAnswer> {
    const session = await this.sessions.get(request.user.userId, request.sessionId);
    const earlier = await this.findEarlier(request);
    if (earlier) return this.attach(request, earlier);
    const prepared = await this.questions.prepare(session, request.body);
    const reserved = await this.reserve(request, session, prepared);
    if (!reserved) return this.followFirst(request);
    const hold = await this.hold(request, reserved, prepared.question.maxTokens);
    const question = withinMeans(prepared.question, hold);
    const record = await this.begin(reserved, request.body.content, question.maxTokens);
    const stream = this.live.add(record);
    void this.run(stream, question, hold.max_output_tokens);
    return { record, replayed: false };
  }

  private async findEarlier({ user, sessionId, body, idempotencyKey }: StartRequest): Promise<StreamRecord | null> {
    const earlier =
      idempotencyKey === undefined ? null : await this.store.findByKey(user.userId, sessionId, idempotencyKey);
    if (earlier && earlier.body_hash !== bodyHash(body)) throw StreamErrors.idempotencyKeyReused();
    return earlier;
  }

  /** Waits for the first request's decision: a repeat must not show headers for an answer that is then refused. */
  private async attach(request: StartRequest, earlier: StreamRecord): Promise<StartedAnswer> {
    for (let waitedMs = 0; waitedMs < decisionMs; waitedMs += decisionPollMs) {
      const record = await this.store.find(earlier._id);
      if (record?.state === 'rejected') return this.start(request);
      if (record && record.state !== 'reserved') return { record, replayed: true };
      await delay(decisionPollMs);
    }
    throw StreamErrors.storeUnavailable('the first request with this key is still being decided');
  }

  /** @returns undefined when another request was first, with nothing changed */
  private async reserve(
    request: StartRequest,
    session: ChatSession,
    prepared: PreparedQuestion,
  ): Promise<StreamRecord | undefined> {
    const { user, body, idempotencyKey } = request;
    const stream: NewStream = {
      _id: newStreamId(this.clock.now(), newUuid()),
      user_id: user.userId,
      session_id: session._id,
      model: prepared.modelId,
      body_hash: bodyHash(body),
      input_tokens_estimate: prepared.inputTokens,
      ...(idempotencyKey === undefined ? {} : { idempotency_key: idempotencyKey }),
    };
    try {
      return await this.store.reserve(stream);
    } catch (error) {
      if (isDuplicateKey(error)) return undefined;
      throw isStoreFailure(error) ? StreamErrors.storeUnavailable(error) : error;
    }
  }

  /** Two requests at once: the same one made twice shares its stream, another one has to wait. */
  private async followFirst(request: StartRequest): Promise<StartedAnswer> {
    const earlier = await this.findEarlier(request);
    if (earlier) return this.attach(request, earlier);
    const active = await this.store.findActive(request.user.userId, request.sessionId);
    if (active) throw StreamErrors.alreadyActive(active._id);
    // The stream that was in the way has ended in this moment.
    return this.start(request);
  }

  private async hold(
    { accessToken, sessionId }: StartRequest,
    record: StreamRecord,
    maxTokens: number,
  ): Promise<PlacedHold> {
    try {
      return await this.accounting.createHold(accessToken, {
        hold_id: record._id,
        chat_session_id: sessionId,
        model: record.model,
        input_tokens: record.input_tokens_estimate,
        max_output_tokens: Math.min(firstSliceTokens, maxTokens),
      });
    } catch (error) {
      // Without an answer the hold may exist; it is released by its key for as long as that takes.
      const mayExist = !(error instanceof DomainError) || error.status >= 500;
      await this.store.reject(record, mayExist).catch((cause: unknown) => this.leaveToRecovery(record, cause));
      if (mayExist) void this.settlements.settle(record._id);
      throw error;
    }
  }

  private async begin(record: StreamRecord, content: string, maxTokens: number): Promise<StreamRecord> {
    const begun = await this.store.begin(record, content, maxTokens).catch((error: unknown) => {
      this.leaveToRecovery(record, error);
      throw isStoreFailure(error) ? StreamErrors.storeUnavailable(error) : error;
    });
    if (begun) return { ...record, state: 'streaming', max_tokens: maxTokens };
    await this.store.reject(record, true);
    void this.settlements.settle(record._id);
    throw ChatSessionErrors.notFound();
  }

  private async run(stream: LiveStream, question: Question, coveredTokens: number): Promise<void> {
    const hold = new RollingHold(stream, question, coveredTokens, this.accounting, this.logger);
    const run = new AnswerRun(stream, this.store, this.log, hold, this.logger);
    const end = await run.generate(question);
    try {
      const ended = await this.finish(stream.record, end, run.text);
      if (ended) stream.end((await this.settlements.settle(ended._id)) ?? ended);
      else await this.endElsewhere(stream);
    } catch (error) {
      this.leaveToRecovery(stream.record, error);
      stream.lose();
    } finally {
      this.live.remove(stream.record._id);
    }
  }

  /** While the database is away the end is kept here and tried again; should it take too long, recovery ends the stream. */
  private async finish(record: StreamRecord, end: StreamEnd, text: string): Promise<StreamRecord | null> {
    for (let waitedMs = 0; ; waitedMs += finishRetryMs) {
      try {
        return await this.store.finish(record, end, text);
      } catch (error) {
        if (!isStoreFailure(error) || waitedMs >= finishLimitMs) throw error;
        await delay(finishRetryMs);
      }
    }
  }

  /** The stream was taken over while it ran; its readers get the end that was written down by the other side. */
  private async endElsewhere(stream: LiveStream): Promise<void> {
    const record = await this.store.find(stream.record._id);
    if (record?.ended_at && record.last_seq === stream.lastSeq) stream.end(record);
    else stream.lose();
  }

  private leaveToRecovery(record: StreamRecord, error: unknown): void {
    this.logger.error({ streaming_session_id: record._id, err: error }, 'a stream is left to recovery');
  }
}

/** The model is asked for no more than the account could pay for: what nobody can pay for is not worth generating. */
function withinMeans(question: Question, hold: PlacedHold): Question {
  const most = Math.max(hold.max_output_tokens, hold.affordable_output_tokens);
  return most < question.maxTokens ? { ...question, maxTokens: most, atMaxTokens: StopReason.credits } : question;
}
