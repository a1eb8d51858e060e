import { bytesPerToken } from './token-estimate.js';

/** Our count of a model's output. Models cut it into pieces of at least one token each; long pieces are counted by their size. */
export class TokenCount {
  pieces = 0;
  bytes = 0;

  get tokens(): number {
    return tokensOf(this.pieces, this.bytes);
  }

  /** What it would be with one piece more. */
  tokensWith(text: string): number {
    return tokensOf(this.pieces + 1, this.bytes + Buffer.byteLength(text));
  }

  add(text: string): void {
    this.pieces++;
    this.bytes += Buffer.byteLength(text);
  }
}

const tokensOf = (pieces: number, bytes: number): number => Math.max(pieces, Math.ceil(bytes / bytesPerToken));
