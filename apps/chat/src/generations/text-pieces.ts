/**
 * Joins pieces that a model cut through the middle of a character: UTF-16 has characters of two halves, and half of one cannot
 * be stored or sent as UTF-8.
 */
export class TextPieces {
  private half = '';

  /** The well-formed part of what has arrived; possibly empty. */
  add(piece: string): string {
    const text = this.half + piece;
    const last = text.charCodeAt(text.length - 1);
    const isCut = last >= 0xd800 && last <= 0xdbff;
    this.half = isCut ? text.slice(-1) : '';
    return (isCut ? text.slice(0, -1) : text).toWellFormed();
  }

  /** What is left when nothing more comes. */
  end(): string {
    const left = this.half.toWellFormed();
    this.half = '';
    return left;
  }
}

/** The beginning of a well-formed text: whole characters that have no more than so many bytes in UTF-8. */
export function firstBytes(text: string, bytes: number): string {
  let end = 0;
  let left = bytes;
  for (const character of text) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}
