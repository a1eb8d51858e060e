import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Inbox } from './inbox.js';

function message(length: number, fill: number): Buffer {
  const bytes = Buffer.alloc(16 + length, fill);
  bytes.writeInt32LE(bytes.length, 0);
  return bytes;
}

/** Texts compare many times faster than buffers do. */
const hex = (bytes: Buffer) => bytes.toString('hex');

describe('the inbox', () => {
  it('gives back whole messages, however they arrive, and never touches them again', () => {
    const lengths = fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(lengths, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (sizes, cuts) => {
        const messages = sizes.map((size, i) => message(size, i));
        const all = Buffer.concat(messages);
        const inbox = new Inbox();
        const out: Buffer[] = [];
        for (let at = 0, i = 0; at < all.length; at += cuts[i++ % cuts.length]!) {
          inbox.add(Buffer.from(all.subarray(at, at + cuts[i % cuts.length]!)));
          for (let next = inbox.next(); next; next = inbox.next()) out.push(next);
        }
        expect(out.map(hex)).toEqual(messages.map(hex));
        expect(inbox.size).toBe(0);
      }),
    );
  });

  it('refuses lengths that no message has', () => {
    for (const length of [-1, 15, 48_000_001]) {
      const inbox = new Inbox();
      const bytes = Buffer.alloc(16);
      bytes.writeInt32LE(length, 0);
      inbox.add(bytes);
      expect(() => inbox.next()).toThrow(/not possible/);
    }
  });
});
