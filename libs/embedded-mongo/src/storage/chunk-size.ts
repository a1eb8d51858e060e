import type { Entry } from './view.js';

/** A range is read in chunks: the first one is small, because many a reader wants no more. */
export const FIRST_CHUNK = 16;
const LARGEST_CHUNK = 512;
/** A chunk that follows another one holds about so much at most: an open cursor keeps what it has not handed out of it. */
const CHUNK_BYTES = 256 * 1024;

/** How many entries the chunk after this one has. */
export function nextChunk(limit: number, entries: readonly Entry[]): number {
  const bytes = entries.reduce((sum, { value }) => sum + value.length, 0);
  return Math.max(1, Math.min(limit * 4, LARGEST_CHUNK, Math.floor((CHUNK_BYTES * entries.length) / (bytes + 1))));
}
