import type { ChunkEvent, DoneEvent, ErrorEvent, StartEvent } from '@parley/contracts';
import { isTerminal } from '../streams/stream.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import type { StreamRenderer } from './stream-renderer.js';
import type { StreamSource } from './stream-source.js';

/** One server-sent event (HTML standard, 9.2) with the id `{streaming_session_id}:{seq}`. */
const frame = (streamId: string, seq: number, event: string, data: object): string =>
  `id: ${streamId}:${seq}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

const chunkFrame = (streamId: string, seq: number, text: string): string =>
  frame(streamId, seq, 'chunk', { text, seq } satisfies ChunkEvent);

/** What was rendered last of each source: readers that are all up to date want the same. */
const latest = new WeakMap<StreamSource, { afterSeq: number; lastSeq: number; frames: string }>();

/** A stream as server-sent events. */
export const sseRenderer: StreamRenderer = {
  start: ({ _id, message_id, model }) =>
    frame(_id, 0, 'start', { streaming_session_id: _id, message_id, model } satisfies StartEvent),

  chunks(source, afterSeq) {
    const { lastSeq, record } = source;
    const known = latest.get(source);
    if (known?.afterSeq === afterSeq && known.lastSeq === lastSeq) return known.frames;
    let frames = '';
    for (let seq = afterSeq + 1; seq <= lastSeq; seq++) frames += chunkFrame(record._id, seq, source.textAt(seq));
    latest.set(source, { afterSeq, lastSeq, frames });
    return frames;
  },

  end(record) {
    const { _id, last_seq: lastSeq, error } = record;
    const done = frame(_id, lastSeq, 'done', toDoneEvent(record));
    return error ? frame(_id, lastSeq, 'error', error satisfies ErrorEvent) + done : done;
  },

  error: ({ record, lastSeq }, error) => frame(record._id, lastSeq, 'error', error),

  heartbeat: ': hb\n\n',
};

function toDoneEvent(record: StreamRecord): DoneEvent {
  if (!isTerminal(record.state)) throw new Error(`stream ${record._id} is not over`);
  const usage = record.usage!;
  return {
    state: record.state,
    finish_reason: record.finish_reason!,
    tokensUsed: usage.input_tokens + usage.output_tokens,
    usage,
    final_seq: record.last_seq,
    sha256: record.sha256!,
    message_id: record.message_id,
    charged_ucr: record.settlement.charged_ucr ?? null,
  };
}
