import { describe, expect, it } from '@jest/globals';
import { LiveStream } from './live-stream.js';
import type { StreamRecord } from './stream.schema.js';

const build = () => new LiveStream({ _id: 'stream-1' } as StreamRecord);
const never = new AbortController().signal;

describe('LiveStream', () => {
  it('numbers its chunks and gives everything after a position', () => {
    const stream = build();
    stream.show(['a', 'b']);
    stream.show(['c']);
    expect(stream.lastSeq).toBe(3);
    expect(stream.framesAfter(2)).toBe('id: stream-1:3\nevent: chunk\ndata: {"text":"c","seq":3}\n\n');
    expect(stream.framesAfter(0).match(/^id: .*$/gm)).toEqual(['id: stream-1:1', 'id: stream-1:2', 'id: stream-1:3']);
    expect(stream.framesAfter(3)).toBe('');
  });

  it('wakes every reader at a change, and one that has gone only by his own signal', async () => {
    const stream = build();
    const leaving = new AbortController();
    const readers = Promise.all([stream.changed(never), stream.changed(never)]);
    const gone = stream.changed(leaving.signal);
    leaving.abort();
    await gone;
    stream.show(['a']);
    await readers;
    expect(stream.lastSeq).toBe(1);
  });

  it('sends its readers away when its end cannot be written down', async () => {
    const stream = build();
    stream.lose();
    await expect(stream.changed(never)).rejects.toMatchObject({ code: 'stream_store_unavailable' });
  });
});
