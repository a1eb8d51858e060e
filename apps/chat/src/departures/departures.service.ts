import { Inject, Injectable } from '@nestjs/common';
import type { Erasure, Merge } from '@parley/contracts';
import { DomainError, LOGGER, type Logger } from '@parley/platform';
import { ChatSessionErrors } from '../chat-sessions/chat-sessions.errors.js';
import { ChatSessionsService } from '../chat-sessions/chat-sessions.service.js';
import { DeletionsService } from '../deletions/deletions.service.js';
import { MessagesService } from '../messages/messages.service.js';
import { StreamOwners } from '../streams/stream-owners.js';
import type { DepartedUser } from './departed-user.schema.js';
import { DepartedUsers } from './departed-users.js';

/** How many sessions are handled together. */
const batch = 100;

/**
 * What becomes of the conversations of those who are gone. That somebody is gone is stored first, and then their things are swept
 * until nothing can come any more, so a crash, a running answer and a request that was already let in change nothing in the end.
 */
@Injectable()
export class DeparturesService {
  constructor(
    private readonly departed: DepartedUsers,
    private readonly chatSessions: ChatSessionsService,
    private readonly messages: MessagesService,
    private readonly streams: StreamOwners,
    private readonly deletions: DeletionsService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async erase(userId: string): Promise<Erasure> {
    return { user_id: userId, is_complete: await this.sweep(await this.departed.record(userId, null)) };
  }

  async merge(visitorId: string, userId: string): Promise<Merge> {
    const departure = await this.departed.record(visitorId, userId);
    await this.sweep(departure);
    return { visitor_id: visitorId, user_id: departure.successor_id };
  }

  /** Looks again for things of those who have gone. @returns for how many users */
  async sweepDue(limit: number, stop?: AbortSignal): Promise<number> {
    let swept = 0;
    for (const departure of await this.departed.findDue(limit)) {
      if (stop?.aborted) break;
      await this.sweep(departure);
      swept++;
    }
    return swept;
  }

  /** @returns whether nothing is left; never rejects, since there is another sweep */
  private async sweep(departure: DepartedUser): Promise<boolean> {
    const isComplete = await this.sweepOnce(departure).catch((error: unknown) => {
      this.logger.warn({ user_id: departure._id, err: error }, 'what a user has left is still there');
      return false;
    });
    await this.departed.sweptOnce(departure, isComplete);
    return isComplete;
  }

  private async sweepOnce(departure: DepartedUser): Promise<boolean> {
    const owner = await this.departed.ownerOf(departure);
    return owner === null ? this.eraseAll(departure._id) : this.giveAll(departure._id, owner);
  }

  private async eraseAll(userId: string): Promise<boolean> {
    for (let ids = await this.chatSessions.idsOf(userId, batch); ids.length > 0;) {
      for (const id of ids) await this.deletions.delete(userId, id).catch(unlessGone);
      ids = await this.chatSessions.idsOf(userId, batch, ids.at(-1));
    }
    await this.chatSessions.purgeDeleted(userId);
    return (await this.streams.purge(userId)) === 0;
  }

  /** The sessions come last: until then nobody sees a part of it. */
  private async giveAll(from: string, to: string): Promise<boolean> {
    for (let ids = await this.chatSessions.idsOf(from, batch); ids.length > 0;) {
      await this.messages.giveTo(to, ids);
      await this.streams.giveTo(to, from);
      await this.chatSessions.giveTo(to, ids, from);
      ids = await this.chatSessions.idsOf(from, batch);
    }
    await this.streams.giveTo(to, from);
    return true;
  }
}

/** Deleted before: by the user, or by another sweep. */
function unlessGone(error: unknown): void {
  if (!(error instanceof DomainError) || error.code !== ChatSessionErrors.notFound().code) throw error;
}
