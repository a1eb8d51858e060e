import { Injectable } from '@nestjs/common';
import { LiveStream } from './live-stream.js';
import { StopReason, Stopped } from '../streams/stop-reason.js';
import type { StreamRecord } from '../streams/stream.schema.js';

/** The streams that this process is generating. */
@Injectable()
export class LiveStreams {
  private readonly streams = new Map<string, LiveStream>();
  private idle: Array<() => void> = [];

  add(record: StreamRecord): LiveStream {
    const stream = new LiveStream(record);
    this.streams.set(record._id, stream);
    return stream;
  }

  find(id: string): LiveStream | undefined {
    return this.streams.get(id);
  }

  remove(id: string): void {
    this.streams.delete(id);
    if (this.streams.size > 0) return;
    for (const resolve of this.idle.splice(0)) resolve();
  }

  /** Ends the generation of a session that was deleted. */
  stopSession(sessionId: string): void {
    for (const stream of this.streams.values()) {
      if (stream.record.session_id === sessionId) stream.abort.abort(new Stopped(StopReason.sessionDeleted));
    }
  }

  stopAll(reason: StopReason): void {
    for (const stream of this.streams.values()) stream.abort.abort(new Stopped(reason));
  }

  /** Settles when no stream is left. */
  async whenIdle(): Promise<void> {
    if (this.streams.size > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
  }
}
