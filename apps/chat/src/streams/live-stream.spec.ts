import { describe, expect, it } from '@jest/globals';
import { LiveStream } from './live-stream.js';
import type { StreamRecord } from './stream.schema.js';

const build = () => new LiveStream({ _id: 'stream-1' } as StreamRecord);

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

  it('tells every watcher of a change, and nobody who has gone', () => {
    const stream = build();
    const told: string[] = [];
    const leave = stream.watch(() => told.push('leaving'));
    stream.watch(() => told.push('staying'));
    stream.show(['a']);
    leave();
    stream.show(['b']);
    stream.end({ _id: 'stream-1', state: 'completed' } as StreamRecord);
    expect(told).toEqual(['leaving', 'staying', 'staying', 'staying']);
    expect([stream.lastSeq, stream.over]).toEqual([2, true]);
  });

  it('sends its readers away when its end cannot be written down', () => {
    const stream = build();
    let wasTold = false;
    stream.watch(() => (wasTold = true));
    stream.lose();
    expect([wasTold, stream.failure?.code]).toEqual([true, 'stream_store_unavailable']);
  });
});
