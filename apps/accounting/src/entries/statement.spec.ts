import { describe, expect, it } from '@jest/globals';
import { type Entry, readCursor, toCursor } from './entries.dto.js';
import { toCsv } from './statement-csv.js';

const entry = (change: Partial<Entry> = {}): Entry => ({
  entry_id: 'alloc_1',
  account_id: 'user:usr_1',
  seq: 1,
  type: 'allocation',
  delta_ucr: -500,
  held_delta_ucr: 0,
  balance_after_ucr: 500,
  held_after_ucr: 0,
  at: '2026-01-15T12:00:00.000Z',
  ...change,
});
const reasonOf = (reason: string) =>
  toCsv([entry({ reason })])
    .split('\r\n')[1]!
    .split('user:usr_1,,,,')[1];

describe('a statement as CSV', () => {
  it('names its columns and ends every line', () => {
    const usage = { input_tokens: 3, output_tokens: 4, cache_read_tokens: 2, source: 'provider' as const };
    expect(toCsv([entry({ usage })])).toBe(
      'seq,at,type,delta_ucr,held_delta_ucr,balance_after_ucr,held_after_ucr,entry_id,account_id,hold_id,price_id,outcome,reason,' +
        'input_tokens,output_tokens,cache_read_tokens,cache_write_tokens\r\n' +
        '1,2026-01-15T12:00:00.000Z,allocation,-500,0,500,0,alloc_1,user:usr_1,,,,,3,4,2,\r\n',
    );
  });

  it.each([
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")",,,,`],
    ['+1', `"'+1",,,,`],
    ['-1', `"'-1",,,,`],
    ['@SUM(A1)', `"'@SUM(A1)",,,,`],
    [' =1', `"' =1",,,,`],
    ['\t=1', `"'\t=1",,,,`],
    ['＝1', `"'＝1",,,,`],
    ['two\r\nlines', '"two'],
    ['a "word", and more', '"a ""word"", and more",,,,'],
    ['Invoice 14', 'Invoice 14,,,,'],
  ])('makes no formula of %j', (reason, cell) => {
    expect(reasonOf(reason)).toBe(cell);
  });
});

describe('a cursor', () => {
  const encoded = (text: string) => Buffer.from(text).toString('base64url');

  it.each([1, 42, 2 ** 31, Number.MAX_SAFE_INTEGER])('carries the number %d', (seq) => {
    expect(readCursor(toCursor(seq))).toBe(seq);
  });

  it.each([
    '',
    'garbage',
    '1',
    encoded('seq:0'),
    encoded('seq:-1'),
    encoded('seq:1.5'),
    encoded('seq:9007199254740992'),
    encoded('seq:01'),
    `${encoded('seq:1')}=`,
    encoded('seq:1\n'),
    'x'.repeat(300),
  ])('is refused when it reads %j', (cursor) => {
    expect(() => readCursor(cursor)).toThrow(expect.objectContaining({ code: 'cursor_invalid' }));
  });
});
