import { beforeEach, describe, expect, it } from '@jest/globals';
import { SseParser } from './sse-parser.js';

function parse(packets: readonly (string | Buffer)[], maxLineBytes = 1_000): string[] {
  const seen: string[] = [];
  const parser = new SseParser(maxLineBytes, (data) => seen.push(data));
  for (const packet of packets) parser.feed(Buffer.from(packet as string));
  return seen;
}

describe('SseParser', () => {
  it.each([
    ['one event', 'data: a\n\n', ['a']],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['no space after the colon', 'data:a\n\n', ['a']],
    ['only the first space is taken away', 'data:  a \n\n', [' a ']],
    ['several lines of data', 'data: a\ndata:\ndata: b\n\n', ['a\n\nb']],
    ['comments and other fields', ': hello\nevent: x\nid: 1\nretry: 5\ndata: a\n:\n\n', ['a']],
    ['an empty event', '\n\nevent: ping\n\ndata: a\n\n', ['a']],
    ['a byte order mark', '\ufeffdata: a\n\n', ['a']],
    ['an unfinished event', 'data: a\n\ndata: b\n', ['a']],
    ['a field whose name only begins with data', 'database: a\n\n', []],
  ])('reads %s', (_, bytes, data) => {
    expect(parse([bytes])).toEqual(data);
  });

  it('does not mind where packets end, in the middle of a character included', () => {
    const bytes = Buffer.from(': é\r\ndata: naïve 👩‍💻 日本語\r\n\r\ndata: b\ndata: c\n\n');
    const whole = ['naïve 👩‍💻 日本語', 'b\nc'];
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(parse([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
    }
    expect(parse([...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
  });

  describe('paused', () => {
    const seen: string[] = [];
    let parser: SseParser;
    beforeEach(() => {
      seen.length = 0;
      parser = new SseParser(1_000, (data) => {
        seen.push(data);
        parser.pause();
      });
    });

    it('hands on one event at a time, in their order, wherever packets end', () => {
      const bytes = Buffer.from('data: a\n\ndata: é\ndata: b\n\n: ping\n\ndata: c\n\n');
      for (let cut = 0; cut <= bytes.length; cut += 1) {
        seen.length = 0;
        for (const packet of [bytes.subarray(0, cut), bytes.subarray(cut)]) parser.feed(packet);
        expect(seen).toEqual(['a']);
        parser.resume();
        expect(seen).toEqual(['a', 'é\nb']);
        parser.resume();
        parser.resume();
        expect(seen).toEqual(['a', 'é\nb', 'c']);
      }
    });

    it('does not keep without end what comes meanwhile', () => {
      parser.feed(Buffer.from('data: a\n\n'));
      parser.feed(Buffer.alloc(1_000));
      expect(() => parser.feed(Buffer.alloc(1))).toThrow(RangeError);
    });
  });

  it('refuses a line that never ends instead of keeping it', () => {
    const packet = 'x'.repeat(400);
    expect(() => parse(['data: ', packet, packet, packet])).toThrow(RangeError);
    expect(() => parse([`data: ${packet}\n`, `data: ${packet}\n`, `data: ${packet}\n`])).toThrow(RangeError);
  });
});
