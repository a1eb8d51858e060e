import { mongo } from 'mongoose';

/** Milliseconds of the stream's id (6 bytes), its UUID (16) and the first seq of the row (4), so that rows lie in their order. */
const keyBytes = 26;
const seqAt = 22;
const maxSeq = 0xff_ff_ff_ff;

type Key = mongo.Binary;

/**
 * The key of a log row. It is the only index of the log: it keeps rows of one stream apart and in order, and the rows of older
 * streams before those of newer ones.
 * @param streamId of the form that `newStreamId` gives
 * @param seq of the row's first chunk, from 1 to 2^32 - 1
 */
export function rowKey(streamId: string, seq: number): Key {
  const [, ms, uuid] = /^stream-(\d{13})-([\da-f-]{36})$/.exec(streamId)!;
  const bytes = Buffer.alloc(keyBytes);
  bytes.writeUIntBE(Number(ms), 0, 6);
  bytes.write(uuid!.replaceAll('-', ''), 6, 'hex');
  bytes.writeUInt32BE(seq, seqAt);
  return new mongo.Binary(bytes);
}

/** When the stream began, as its id says. */
export const msOf = (streamId: string): number => Number(streamId.slice('stream-'.length).split('-')[0]);

export const seqOf = ({ buffer }: Key): number => Buffer.from(buffer).readUInt32BE(seqAt);

/** The rows of a stream whose first chunk is one of these. */
export const rowsBetween = (streamId: string, fromSeq = 0, toSeq = maxSeq) => ({
  $gte: rowKey(streamId, fromSeq),
  $lte: rowKey(streamId, toSeq),
});

/** Lies behind all rows of streams that began before a time, and before all others. @param ms since the epoch */
export function keyAt(ms: number): Key {
  const bytes = Buffer.alloc(keyBytes);
  bytes.writeUIntBE(ms, 0, 6);
  return new mongo.Binary(bytes);
}
