import { Injectable } from '@nestjs/common';
import { StreamSignals } from '../signals/stream-signals.js';
import type { StopReason } from '../streams/stop-reason.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { LiveStream } from './live-stream.js';

/** The streams that this process is generating. */
@Injectable()
export class LiveStreams {
  private readonly streams = new Map<string, LiveStream>();
  private idle: Array<() => void> = [];

  constructor(private readonly signals: StreamSignals) {}

  /** Its readers in other processes hear of every change. */
  add(record: StreamRecord): LiveStream {
    const stream = new LiveStream(record);
    stream.watch(() => this.signals.send('rows', record._id));
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

  stopAll(reason: StopReason): void {
    for (const stream of this.streams.values()) stream.stop(reason);
  }

  /** Settles when no stream is left. */
  async whenIdle(): Promise<void> {
    if (this.streams.size > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
  }
}
