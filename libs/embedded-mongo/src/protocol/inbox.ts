import { MAX_MESSAGE_BYTES } from '../commands/handshake.js';

const HEADER_BYTES = 16;

/**
 * The bytes of one client until they are whole messages. They are copied into one buffer that doubles, so that a message that
 * comes in many small pieces costs no more than twice its bytes; one that comes whole is not copied at all.
 */
export class Inbox {
  private buffer: Buffer = Buffer.alloc(0);
  private start = 0;
  private end = 0;

  /** So many bytes wait in it. */
  get size(): number {
    return this.end - this.start;
  }

  add(data: Buffer): void {
    if (this.size === 0) {
      this.buffer = data;
      [this.start, this.end] = [0, data.length];
      return;
    }
    if (this.end + data.length > this.buffer.length) this.grow(data.length);
    data.copy(this.buffer, this.end);
    this.end += data.length;
  }

  /** A buffer of its own: what was handed out before may still be looked at. */
  private grow(needed: number): void {
    const total = this.size + needed;
    const larger = Buffer.allocUnsafe(Math.max(total, Math.min(2 * total, MAX_MESSAGE_BYTES)));
    this.end = this.buffer.copy(larger, 0, this.start, this.end);
    this.start = 0;
    this.buffer = larger;
  }

  /** The next whole message, if there is one. @throws when its length is impossible */
  next(): Buffer | undefined {
    if (this.size < HEADER_BYTES) return undefined;
    const length = this.buffer.readInt32LE(this.start);
    if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES)
      throw new Error(`a message of ${length} bytes is not possible`);
    if (this.size < length) return undefined;
    const message = this.buffer.subarray(this.start, this.start + length);
    this.start += length;
    if (this.size === 0) this.buffer = Buffer.alloc(0);
    return message;
  }
}
