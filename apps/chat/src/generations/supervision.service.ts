import { Injectable } from '@nestjs/common';
import { PermissionSource, type UserPrincipal } from '@parley/auth';
import { ChatSessionsService } from '../chat-sessions/chat-sessions.service.js';
import type { LiveStream } from '../readers/live-stream.js';
import { RightsWatch } from '../readers/rights-watch.js';
import { StreamSignals } from '../signals/stream-signals.js';
import { StopReason } from '../streams/stop-reason.js';
import { StreamStore } from '../streams/stream-store.js';

/** The longest a generation may take. */
const deadlineMs = 600_000;
/** Three times within the lease, so that one slow renewal loses nothing. */
const renewLeaseMs = 10_000;

/** Stops a generation for what happens outside of it: time, another process, its user. */
@Injectable()
export class SupervisionService {
  constructor(
    private readonly store: StreamStore,
    private readonly chatSessions: ChatSessionsService,
    readonly permissions: PermissionSource,
    readonly signals: StreamSignals,
  ) {}

  /** Watches over a stream until the function that it returns is called. */
  begin(stream: LiveStream, user: UserPrincipal): () => void {
    const { _id, session_id: sessionId } = stream.record;
    const deadline = setTimeout(() => stream.stop(StopReason.deadline), deadlineMs);
    const lease = setInterval(() => void this.renewLease(stream), renewLeaseMs);
    const rights = new RightsWatch(this, user, () => stream.stop(StopReason.rightsLost));
    const unlisten = [
      this.signals.on('stop', _id, () => stream.stop(StopReason.user)),
      this.signals.on('session_deleted', sessionId, () => stream.stop(StopReason.sessionDeleted)),
    ];
    return () => {
      clearTimeout(deadline);
      clearInterval(lease);
      rights.end();
      for (const leave of unlisten) leave();
    };
  }

  /** Keeps the stream ours; and a signal may have been lost, so whether its session is still there is read as well. */
  private async renewLease(stream: LiveStream): Promise<void> {
    const { record } = stream;
    const isOurs = await this.store.renewLease(record).catch(() => true);
    if (!isOurs) return stream.stop(StopReason.leaseLost);
    const isWanted = await this.chatSessions.isThere(record.session_id).catch(() => true);
    if (!isWanted) stream.stop(StopReason.sessionDeleted);
  }
}
