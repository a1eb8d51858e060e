import { createParser } from 'eventsource-parser';

export interface SseEvent {
  id: string | undefined;
  event: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  data: any;
}

/** The events of a response, one by one, as they arrive. */
export async function* sseEvents(response: Response): AsyncGenerator<SseEvent> {
  const arrived: SseEvent[] = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) =>
      arrived.push({ id, event: event ?? 'message', data: JSON.parse(data) as unknown }),
  });
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    parser.feed(decoder.decode(bytes as Uint8Array, { stream: true }));
    yield* arrived.splice(0);
  }
}

/** All events up to the end of the response. */
export async function readSse(response: Response): Promise<SseEvent[]> {
  const events: SseEvent[] = [];
  for await (const event of sseEvents(response)) events.push(event);
  return events;
}

/** The text that the chunks carried. */
export const textOf = (events: readonly SseEvent[]): string =>
  events
    .filter(({ event }) => event === 'chunk')
    .map(({ data }) => (data as { text: string }).text)
    .join('');
