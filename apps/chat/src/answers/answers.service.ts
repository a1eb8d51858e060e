import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { PlacedHold } from '@parley/contracts';
import { isStoreFailure, ReadinessChecks } from '@parley/platform';
import { ChatSessionErrors } from '../chat-sessions/chat-sessions.errors.js';
import { ChatSessionsService } from '../chat-sessions/chat-sessions.service.js';
import type { Question } from '../generations/generation.js';
import { GenerationsService } from '../generations/generations.service.js';
import { StopReason } from '../streams/stop-reason.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { StreamStore } from '../streams/stream-store.js';
import { StreamErrors } from '../streams/streams.errors.js';
import { TurnsService } from '../turns/turns.service.js';
import { UserLimitsService } from '../user-limits/user-limits.service.js';
import { AnswerErrors } from './answers.errors.js';
import { FirstHoldsService } from './first-holds.service.js';
import { ModelRights } from './model-rights.js';
import { QuestionsService } from './questions.service.js';
import { ReservationsService } from './reservations.service.js';
import type { StartedAnswer, StartRequest } from './start-request.js';
import { StartsUnderWay } from './starts-under-way.js';

/** How long a repeated request waits for the decision on the first one, and how often it asks. */
const decisionMs = 5_000;
const decisionPollMs = 50;

/** Begins a paid answer. The order is the guarantee: record, hold, message, and only then headers and the model. */
@Injectable()
export class AnswersService implements BeforeApplicationShutdown {
  private draining = false;
  private readonly underWay = new StartsUnderWay();

  constructor(
    private readonly chatSessions: ChatSessionsService,
    private readonly questions: QuestionsService,
    private readonly modelRights: ModelRights,
    private readonly reservations: ReservationsService,
    private readonly holds: FirstHoldsService,
    private readonly turns: TurnsService,
    private readonly generations: GenerationsService,
    private readonly store: StreamStore,
    private readonly limits: UserLimitsService,
    readiness: ReadinessChecks,
  ) {
    readiness.register('draining', () => !this.draining);
  }

  /** @throws DomainError 402, 403, 404, 409, 422, 429 or 503; then no model was called and nothing is charged */
  async start(request: StartRequest): Promise<StartedAnswer> {
    if (this.draining) throw AnswerErrors.draining();
    return this.underWay.join(request, () => this.decide(request));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.draining = true;
    await this.generations.drain(this.underWay);
  }

  private async decide(request: StartRequest): Promise<StartedAnswer> {
    const session = await this.chatSessions.get(request.user.userId, request.sessionId);
    const earlier = await this.reservations.findEarlier(request);
    if (earlier) return this.attach(request, earlier);
    await this.limits.countStart(request.user.userId);
    const prepared = await this.questions.prepare(session, request.body);
    await this.modelRights.require(request.user, prepared.modelId);
    const reserved = await this.reservations.reserve(request, prepared);
    if (!reserved) return this.followFirst(request);
    const hold = await this.holds.place(request, reserved, prepared.question.maxTokens);
    const question = withinMeans(prepared.question, hold);
    const record = await this.begin(reserved, request.body.content, question.maxTokens);
    this.generations.start(record, request.user, question, hold.max_output_tokens);
    return { record, replayed: false };
  }

  /** Waits for the first request's decision: a repeat must not show headers for an answer that is then refused. */
  private async attach(request: StartRequest, earlier: StreamRecord): Promise<StartedAnswer> {
    for (let waitedMs = 0; waitedMs < decisionMs; waitedMs += decisionPollMs) {
      const record = await this.store.find(earlier._id);
      if (!record || record.state === 'rejected') return this.decide(request);
      if (record.state !== 'reserved') return { record, replayed: true };
      await delay(decisionPollMs);
    }
    throw StreamErrors.storeUnavailable('the first request with this key is still being decided');
  }

  /** Two requests at once: the same one made twice shares its stream, another one has to wait. */
  private async followFirst(request: StartRequest): Promise<StartedAnswer> {
    const earlier = await this.reservations.findEarlier(request);
    if (earlier) return this.attach(request, earlier);
    const active = await this.store.findActive(request.user.userId, request.sessionId);
    if (active && active.idempotency_key === request.idempotencyKey && request.idempotencyKey !== undefined)
      return this.attach(request, active);
    if (active) throw AnswerErrors.alreadyActive(active._id);
    // The stream that was in the way has just ended.
    return this.decide(request);
  }

  private async begin(record: StreamRecord, content: string, maxTokens: number): Promise<StreamRecord> {
    const hasBegun = await this.turns.begin(record, content, maxTokens).catch((error: unknown) => {
      this.holds.leaveToRecovery(record, error);
      throw isStoreFailure(error) ? StreamErrors.storeUnavailable(error) : error;
    });
    if (hasBegun) return { ...record, state: 'streaming', max_tokens: maxTokens };
    await this.holds.reject(record, true);
    throw ChatSessionErrors.notFound();
  }
}

/** The model is asked for no more than the account could pay for: what nobody can pay for is not worth generating. */
function withinMeans(question: Question, hold: PlacedHold): Question {
  const most = Math.max(hold.max_output_tokens, hold.affordable_output_tokens);
  return most < question.maxTokens ? { ...question, maxTokens: most, atMaxTokens: StopReason.credits } : question;
}
