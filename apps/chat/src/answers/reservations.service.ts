import { Injectable } from '@nestjs/common';
import { Clock, isDuplicateKey, isStoreFailure, newUuid } from '@parley/platform';
import { newStreamId } from '../streams/stream.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { type NewStream, StreamStore } from '../streams/stream-store.js';
import { StreamErrors } from '../streams/streams.errors.js';
import { bodyHash } from './answers.dto.js';
import { AnswerErrors } from './answers.errors.js';
import type { PreparedQuestion } from './questions.service.js';
import type { StartRequest } from './start-request.js';

/** The streaming session ids of requests: each gets one, and the same request made twice shares it. */
@Injectable()
export class ReservationsService {
  constructor(
    private readonly store: StreamStore,
    private readonly clock: Clock,
  ) {}

  /** The stream of the same request made before. @throws DomainError `idempotency_key_reused` */
  async findEarlier({ user, sessionId, body, idempotencyKey }: StartRequest): Promise<StreamRecord | null> {
    if (idempotencyKey === undefined) return null;
    const earlier = await this.store.findByKey(user.userId, sessionId, idempotencyKey);
    if (earlier && earlier.body_hash !== bodyHash(body)) throw AnswerErrors.idempotencyKeyReused();
    return earlier;
  }

  /**
   * Stores the id, before anybody can see it.
   * @returns undefined when another request of this session was first, with nothing changed
   * @throws DomainError `stream_store_unavailable`
   */
  async reserve(request: StartRequest, { modelId, inputTokens }: PreparedQuestion): Promise<StreamRecord | undefined> {
    const { user, sessionId, body, idempotencyKey } = request;
    const stream: NewStream = {
      _id: newStreamId(this.clock.now(), newUuid()),
      user_id: user.userId,
      session_id: sessionId,
      model: modelId,
      body_hash: bodyHash(body),
      input_tokens_estimate: inputTokens,
      ...(idempotencyKey === undefined ? {} : { idempotency_key: idempotencyKey }),
    };
    try {
      return await this.store.reserve(stream);
    } catch (error) {
      if (isDuplicateKey(error)) return undefined;
      throw isStoreFailure(error) ? StreamErrors.storeUnavailable(error) : error;
    }
  }
}
