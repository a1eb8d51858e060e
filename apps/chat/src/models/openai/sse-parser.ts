const newline = 10;
const carriageReturn = 13;
const space = 32;
const byteOrderMark = 0xfeff;

/**
 * The `data` of server-sent events (HTML standard, 9.2), from packets that may end anywhere. A packet is decoded in one go up
 * to its last line end: a line end never lies inside a multi-byte character, so nothing is split and nothing is copied
 * except an unfinished line. An event without its closing empty line is dropped, as the standard says.
 * Between two events it can be paused, also from within `onData`; what is fed meanwhile waits its turn.
 */
export class SseParser {
  private held: Buffer[] = [];
  private heldBytes = 0;
  private data: string | undefined;
  private isFirst = true;
  private isPaused = false;
  /** Whole lines that came in the same packet as the event at which it was paused. */
  private rest = '';
  private queue: Buffer[] = [];
  private queueBytes = 0;

  /**
   * @param maxLineBytes a longer line, or more than this while paused, is refused, so that a server cannot fill the memory
   * @param onData gets the data of each event that has some
   */
  constructor(
    private readonly maxLineBytes: number,
    private readonly onData: (data: string) => void,
  ) {}

  /** @throws RangeError when a line is too long, or when too much comes while it is paused */
  feed(packet: Buffer): void {
    if (this.isPaused) return this.enqueue(packet);
    const end = packet.lastIndexOf(newline) + 1;
    if (end === 0) return this.hold(packet);
    const text = this.heldBytes === 0 ? packet.toString('utf8', 0, end) : this.join(packet.subarray(0, end));
    if (end < packet.length) this.hold(packet.subarray(end));
    this.readLines(text);
  }

  pause(): void {
    this.isPaused = true;
  }

  /** Goes on with what has waited, unless it is paused again. @throws RangeError when a line is too long */
  resume(): void {
    this.isPaused = false;
    this.readLines(this.rest);
    while (!this.isPaused && this.queue.length > 0) {
      const packet = this.queue.shift()!;
      this.queueBytes -= packet.length;
      this.feed(packet);
    }
  }

  private enqueue(packet: Buffer): void {
    this.queue.push(packet);
    this.queueBytes += packet.length;
    if (this.queueBytes > this.maxLineBytes)
      throw new RangeError(`more than ${this.maxLineBytes} bytes came while nothing was taken`);
  }

  private hold(bytes: Buffer): void {
    this.held.push(bytes);
    this.heldBytes += bytes.length;
    if (this.heldBytes > this.maxLineBytes) throw new RangeError(`a line is longer than ${this.maxLineBytes} bytes`);
  }

  private join(bytes: Buffer): string {
    const text = Buffer.concat([...this.held, bytes]).toString('utf8');
    this.held = [];
    this.heldBytes = 0;
    return text;
  }

  private readLines(text: string): void {
    let start = this.isFirst && text.charCodeAt(0) === byteOrderMark ? 1 : 0;
    this.isFirst = false;
    for (let end = text.indexOf('\n', start); end !== -1; end = text.indexOf('\n', start)) {
      const lineEnd = end > start && text.charCodeAt(end - 1) === carriageReturn ? end - 1 : end;
      if (lineEnd === start) this.finishEvent();
      else if (text.startsWith('data:', start)) this.addData(text, start + 5, lineEnd);
      start = end + 1;
      if (this.isPaused) break;
    }
    this.rest = this.isPaused ? text.slice(start) : '';
  }

  private addData(text: string, start: number, end: number): void {
    const line = text.slice(text.charCodeAt(start) === space ? start + 1 : start, end);
    this.data = this.data === undefined ? line : `${this.data}\n${line}`;
    if (this.data.length > this.maxLineBytes)
      throw new RangeError(`an event is longer than ${this.maxLineBytes} bytes`);
  }

  private finishEvent(): void {
    if (this.data === undefined) return;
    const data = this.data;
    this.data = undefined;
    this.onData(data);
  }
}
