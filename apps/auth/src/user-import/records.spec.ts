import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { csvRecords } from './csv-records.js';
import { readRow, type SourceRow } from './import-row.js';
import { jsonRecords } from './json-records.js';

const all = async (rows: AsyncIterable<SourceRow>) => {
  const found: SourceRow[] = [];
  for await (const row of rows) found.push(row);
  return found;
};
/** In pieces of every size, so that a record may be cut anywhere. */
const pieces = (text: string, size: number) => Readable.from(text.match(new RegExp(`.{1,${size}}`, 'gs')) ?? []);
const csv = (text: string, size = 7) => all(csvRecords(pieces(text, size)));
const json = (text: string, size = 7) => all(jsonRecords(pieces(text, size)));

describe('records of a CSV file', () => {
  it('are named by the first line, quoted or not, with or without a byte-order mark', async () => {
    const text = '\uFEFFEmail, first_name\r\na@x.org,"Smith, Ann"\r\n\r\nb@x.org,"say ""hi"""\r\n';
    expect(await csv(text)).toEqual([
      { line: 2, values: { email: 'a@x.org', first_name: 'Smith, Ann' } },
      { line: 4, values: { email: 'b@x.org', first_name: 'say "hi"' } },
    ]);
  });

  it('that cannot be read are told with their line, and the others are read', async () => {
    const rows = await csv('email,first_name\na@x.org,A,too many\nb@x.org,B\n');
    expect(rows).toEqual([
      { line: 2, values: undefined },
      { line: 3, values: { email: 'b@x.org', first_name: 'B' } },
    ]);
  });
});

describe('records of a JSON file', () => {
  const expected = [
    { line: 2, values: { email: 'a@x.org', note: '} "{' } },
    { line: 3, values: { email: 'b@x.org', list: [{ a: 1 }] } },
  ];
  const [one, two] = expected.map(({ values }) => JSON.stringify(values));

  it.each([1, 2, 7, 1_000])('are the elements of an array, read in pieces of %i', async (size) => {
    expect(await json(`[\n${one},\n${two}\n]\n`, size)).toEqual(expected);
  });

  it('are lines with an object each', async () => {
    expect(await json(`\n${one}\n${two}`)).toEqual(expected);
  });

  it('that are broken, endless or cut off are told, and those after them are read', async () => {
    const text = `{"email":"a\n${two}\n{"email": nothing}\n{"email":"${'x'.repeat(100_000)}"}\n${two}\n{"email":`;
    const rows = await json(text, 1_000);
    expect(rows.map(({ line, values }) => [line, values !== undefined])).toEqual([
      [1, false],
      [2, true],
      [3, false],
      [4, false],
      [5, true],
      [6, false],
    ]);
  });
});

describe('a record', () => {
  const read = (values: unknown, acceptSha256 = false) => readRow({ line: 1, values }, { acceptSha256 });
  const bcrypt = '$2b$04$l3l8J3yzAeRrTDAm/dcnEu0Q9CWEN.MVCQDBX2Ugy1sI23uLuzCI2';

  it('is brought into the form in which users are stored', () => {
    const given = {
      email: ' Ann@X.org ',
      username: '',
      first_name: ' Ann ',
      email_verified: 'yes',
      password_hash: bcrypt,
    };
    expect(read(given)).toMatchObject({
      email: 'ann@x.org',
      username: undefined,
      first_name: 'Ann',
      last_name: '',
      email_verified: true,
      password_hash: bcrypt,
    });
    expect(read({ email: 'a@x.org' })).toMatchObject({ email_verified: false, password_hash: undefined });
  });

  it.each<[unknown, string]>([
    [undefined, 'row_malformed'],
    [[], 'row_malformed'],
    [{}, 'email_invalid'],
    [{ email: 'a@@x.org' }, 'email_invalid'],
    [{ email: { $ne: '' } }, 'email_invalid'],
    [{ email: 'a@x.org', username: '../x' }, 'username_invalid'],
    [{ email: 'a@x.org', platform_role: 'platform_admin' }, 'column_unknown'],
    [{ email: 'a@x.org', first_name: 'x'.repeat(256) }, 'value_invalid'],
    [{ email: 'a@x.org', email_verified: 'perhaps' }, 'value_invalid'],
    [{ email: 'a@x.org', password_hash: '5f4dcc3b5aa765d61d8327deb882cf99' }, 'hash_format_unknown'],
    [{ email: 'a@x.org', password_hash: bcrypt.replace('$04', '$20') }, 'hash_too_expensive'],
    [{ email: 'a@x.org', password_hash: `sha256$salt$${'a'.repeat(64)}` }, 'hash_too_fast'],
  ])('%j is refused: %s', (values, code) => expect(read(values)).toBe(code));

  it('may have a SHA-256 where that was asked for', () => {
    expect(read({ email: 'a@x.org', password_hash: `sha256$s$${'A'.repeat(64)}` }, true)).toMatchObject({
      password_hash: undefined,
      sha256: { salt: 's', digest: 'a'.repeat(64) },
    });
  });
});
