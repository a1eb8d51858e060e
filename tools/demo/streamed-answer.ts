import type { ChunkEvent, DoneEvent, ErrorEvent } from '@parley/contracts';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Received } from './network.js';

export interface StreamedAnswer {
  status: 200;
  /** From the header; null when it is missing. It is never invented here: an invented id is a forged one. */
  streamingSessionId: string | null;
  text: string;
  chunks: number;
  error?: ErrorEvent;
  done: DoneEvent;
}

/**
 * Reads the events of a stream up to `done`. `Headers` finds the id however a proxy spells the header's name.
 * @throws Error when the stream ends without `done`
 */
export function readAnswer({ headers, text }: Received): StreamedAnswer {
  const events: EventSourceMessage[] = [];
  createParser({ onEvent: (event) => events.push(event) }).feed(text);
  const data = <Data>(name: string) =>
    events.filter(({ event }) => event === name).map((each) => JSON.parse(each.data) as Data);
  const done = data<DoneEvent>('done')[0];
  if (!done) throw new Error('the stream ended without a done event');
  const chunks = data<ChunkEvent>('chunk');
  const error = data<ErrorEvent>('error')[0];
  return {
    status: 200,
    streamingSessionId: headers.get('x-streaming-session-id'),
    text: chunks.map((chunk) => chunk.text).join(''),
    chunks: chunks.length,
    ...(error ? { error } : {}),
    done,
  };
}
