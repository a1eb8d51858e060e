import type { DoneEvent } from '@parley/contracts';
import { sseEvents } from '@parley/testing';
import type { Tally } from '../books/tally.js';

/** What one client has heard of one stream, over any number of connections. */
export class Listener {
  text = '';
  lastSeq = 0;
  done: DoneEvent | undefined;

  constructor(
    readonly streamId: string,
    private readonly tally: Tally,
  ) {}

  /** Reads until the end, until the connection is lost, or until this many chunks have arrived. */
  async hear(response: Response, mostChunks: number): Promise<void> {
    let chunks = 0;
    try {
      for await (const { event, data } of sseEvents(response)) {
        if (event === 'chunk') this.take(data as { seq: number; text: string });
        if (event === 'done') this.end(data as DoneEvent);
        if (event === 'chunk' && ++chunks >= mostChunks) return;
      }
    } catch {
      this.tally.lostConnections++;
    }
  }

  private end(done: DoneEvent): void {
    this.done = done;
    this.tally.told(this.streamId, done);
  }

  private take({ seq, text }: { seq: number; text: string }): void {
    if (seq !== this.lastSeq + 1) this.tally.fault(`${this.streamId}: chunk ${seq} came after chunk ${this.lastSeq}`);
    this.lastSeq = seq;
    this.text += text;
  }
}
