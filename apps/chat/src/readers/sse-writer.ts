import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** How long a reader may take nothing before the connection is cut; the stream goes on without them. */
const stallMs = 30_000;

/** Writes to one reader, at the reader's own pace. */
export class SseWriter {
  private readonly closed = new AbortController();

  private constructor(private readonly response: ServerResponse) {
    const leave = () => this.closed.abort();
    response.once('close', leave).on('error', leave);
    // A reader may leave before there is anything to read; that event has passed.
    if (response.destroyed) leave();
  }

  /** Sends the headers at once: the id in them must reach the client before the first chunk exists. */
  static open(reply: FastifyReply, headers: Readonly<Record<string, string>>): SseWriter {
    const { raw } = reply;
    // Taking the reply over skips what Fastify would send, so what the hooks have set (CORS, request id) is copied.
    const fromHooks = reply.getHeaders();
    reply.hijack();
    raw.writeHead(200, {
      ...(fromHooks as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'content-encoding': 'identity',
      'x-accel-buffering': 'no',
      ...headers,
    });
    const writer = new SseWriter(raw);
    raw.flushHeaders();
    raw.socket?.setNoDelay(true);
    return writer;
  }

  /** Raised when the reader is gone. */
  get signal(): AbortSignal {
    return this.closed.signal;
  }

  /** Settles when more may be written, or when the reader is gone (see `signal`). */
  async write(frames: string): Promise<void> {
    if (this.signal.aborted || frames === '' || this.response.write(frames)) return;
    const stalled = setTimeout(() => this.response.destroy(), stallMs);
    await once(this.response, 'drain', { signal: this.signal }).catch(() => undefined);
    clearTimeout(stalled);
  }

  end(): void {
    if (!this.signal.aborted) this.response.end();
  }
}
