import type { ChunkEvent, DoneEvent, ErrorEvent, StartEvent } from '@parley/contracts';
import type { StreamRecord } from '../streams/stream.schema.js';
import { isTerminal } from '../streams/stream.js';

/** Server-sent events (HTML standard, 9.2) with ids `{streaming_session_id}:{seq}`. */
const frame = (streamId: string, seq: number, event: string, data: string): string =>
  `id: ${streamId}:${seq}\nevent: ${event}\ndata: ${data}\n\n`;

export const startFrame = ({ _id, message_id, model }: StreamRecord): string =>
  frame(_id, 0, 'start', JSON.stringify({ streaming_session_id: _id, message_id, model } satisfies StartEvent));

export const chunkFrame = (streamId: string, seq: number, text: string): string =>
  frame(streamId, seq, 'chunk', JSON.stringify({ text, seq } satisfies ChunkEvent));

export const errorFrame = (streamId: string, seq: number, error: ErrorEvent): string =>
  frame(streamId, seq, 'error', JSON.stringify(error));

/** The closing events of a stream that is over: its error, if any, then `done`. */
export function closingFrames(record: StreamRecord): string {
  if (!isTerminal(record.state)) throw new Error(`stream ${record._id} is not over`);
  const usage = record.usage!;
  const done: DoneEvent = {
    state: record.state,
    finish_reason: record.finish_reason!,
    tokensUsed: usage.input_tokens + usage.output_tokens,
    usage,
    final_seq: record.last_seq,
    sha256: record.sha256!,
    message_id: record.message_id,
    charged_ucr: record.settlement.charged_ucr ?? null,
  };
  const error = record.error ? errorFrame(record._id, record.last_seq, record.error) : '';
  return error + frame(record._id, record.last_seq, 'done', JSON.stringify(done));
}

/** Keeps proxies and clients from taking silence for death; carries nothing. */
export const heartbeatFrame = ': hb\n\n';
