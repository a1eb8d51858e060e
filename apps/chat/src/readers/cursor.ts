import { ReaderErrors } from './readers.errors.js';

/**
 * Where a reader wants to go on: `?after=N`, or the `Last-Event-ID` that EventSource sends (HTML standard, 9.2.4); the header
 * wins, because a browser that reconnects repeats the address with its old query. 0 when there is neither.
 * @throws DomainError `cursor_invalid` · `cursor_mismatch`
 */
export function readCursor(streamId: string, after: string | undefined, lastEventId: string | undefined): number {
  if (lastEventId !== undefined && lastEventId !== '') {
    const split = lastEventId.lastIndexOf(':');
    if (lastEventId.slice(0, split) !== streamId) throw ReaderErrors.cursorMismatch();
    return toSeq(lastEventId.slice(split + 1));
  }
  return after === undefined ? 0 : toSeq(after);
}

function toSeq(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw ReaderErrors.cursorInvalid();
  return Number(text);
}
