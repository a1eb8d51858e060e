import { describe } from '@jest/globals';
import { BSONRegExp } from 'mongodb';
import { expectAnswer, probes, refused, rows, type Refused } from './answers.js';

const { filled } = probes();

/** A pattern as PCRE reads it, its options, and which of the texts it finds. */
type Row = [pattern: string, options: string, texts: string[], found: string[] | Refused];

async function check(pattern: string, options: string, texts: string[], wanted: string[] | Refused): Promise<void> {
  const collection = await filled(texts.map((a) => ({ a })));
  const found = collection
    .find({ a: new BSONRegExp(pattern, options) })
    .sort({ _id: 1 })
    .toArray()
    .then((list) => list.map(({ a }) => a as string));
  await expectAnswer(found, wanted);
}

const LINES = ['b', 'a\nb', 'b\n', 'b\nc', 'ab', 'b\r', 'b\n\n'];

describe('a regular expression', () => {
  rows<Row>(
    [
      ['^b$', '', LINES, ['b', 'b\n']],
      ['^b$', 'm', LINES, ['b', 'a\nb', 'b\n', 'b\nc', 'b\n\n']],
      ['^b\\z', '', LINES, ['b']],
      ['^b\\Z', '', LINES, ['b', 'b\n']],
      ['\\Ab', '', LINES, ['b', 'b\n', 'b\nc', 'b\r', 'b\n\n']],
      ['\\Ab', 'm', LINES, ['b', 'b\n', 'b\nc', 'b\r', 'b\n\n']],
      ['a.b', '', ['a\nb', 'a\rb', 'a\u2028b', 'axb', 'a\u{1f600}b'], ['a\rb', 'a\u2028b', 'axb', 'a\u{1f600}b']],
      ['a.b', 's', ['a\nb', 'ab'], ['a\nb']],
      ['^\\s$', '', [' ', '\t', '\v', '\u00a0', '\u2003', '\ufeff'], [' ', '\t', '\v']],
      ['^\\S$', '', [' ', '\u00a0', 'x'], ['\u00a0', 'x']],
      ['^[\\sx]$', '', [' ', '\u00a0', 'x'], [' ', 'x']],
      ['ABC', 'i', ['abc', 'aBc', 'ab'], ['abc', 'aBc']],
      ['(?i)abc', '', ['ABC', 'x'], ['ABC']],
      ['(?im)^b$', '', ['a\nB', 'ab'], ['a\nB']],
      ['ä', 'i', ['Ä', 'a'], ['Ä']],
      ['a{2}', '', ['aa', 'a{2}'], ['aa']],
      ['a{', '', ['a{', 'a'], ['a{']],
      ['a{x}', '', ['a{x}', 'a'], ['a{x}']],
      ['x]', '', ['x]', 'x'], ['x]']],
      ['[]x]', '', [']', 'x', 'y'], [']', 'x']],
      ['^[^]x]$', '', [']', 'x', 'y'], ['y']],
      ['[[]', '', ['[', 'x'], ['[']],
      ['[a-c.]', '', ['b', '.', 'd'], ['b', '.']],
      ['a\\-b\\@c', '', ['a-b@c', 'abc'], ['a-b@c']],
      ['a\\.b', '', ['a.b', 'axb'], ['a.b']],
      ['\\x41', '', ['A', 'x41'], ['A']],
      ['\\a|\\e', '', ['\u0007', '\u001b', 'a', 'e'], ['\u0007', '\u001b']],
      ['\\pL', '', ['ä', '1'], ['ä']],
      ['\\p{Lu}', '', ['Ä', 'ä'], ['Ä']],
      ['^\\w+$', '', ['ab_1', 'ä'], ['ab_1']],
      ['^\\d$', '', ['5', '\u0665'], ['5']],
      ['(?:a|b)+c', '', ['abc', 'c'], ['abc']],
      ['(?<year>\\d{4})-', '', ['2024-', '24-'], ['2024-']],
      ['a(?=b)', '', ['ab', 'ac'], ['ab']],
      ['a(?!b)', '', ['ab', 'ac'], ['ac']],
      ['a+?b', '', ['aab', 'a'], ['aab']],
      ['', '', ['', 'a'], ['', 'a']],
      ['(', '', ['('], refused(51091)],
      ['[a', '', ['a'], refused(51091)],
      ['a\\', '', ['a'], refused(51091)],
      ['*a', '', ['a'], refused(51091)],
    ],
    check,
  );
});

describe('$regex', () => {
  type Condition = [condition: object, found: unknown[] | Refused];
  const values = ['abc', 'ABC', new BSONRegExp('b', 'i'), 5, ['x', 'abc']];
  rows<Condition>(
    [
      [{ $regex: 'b' }, [0, 4]],
      [{ $regex: 'b', $options: 'i' }, [0, 1, 2, 4]],
      [{ $options: 'i', $regex: 'b' }, [0, 1, 2, 4]],
      [{ $regex: /^a/ }, [0, 4]],
      [{ $not: /b/i }, [3]],
      [{ $not: { $regex: 'b' } }, [1, 2, 3]],
      [{ $in: [/^A/, 5] }, [1, 3]],
      [{ $nin: [/b/i] }, [3]],
      [{ $eq: new BSONRegExp('b', 'i') }, [2]],
      [{ $regex: new BSONRegExp('b', 'i'), $options: 'm' }, refused(51075)],
      [{ $regex: 'b', $options: 5 }, refused(2)],
      [{ $regex: 'b', $options: 'q' }, refused(51108, 2)],
      [{ $regex: 'a\0b' }, refused(2)],
    ],
    async (condition, wanted) => {
      const collection = await filled(values.map((a) => ({ a })));
      const found = collection.find({ a: condition }).sort({ _id: 1 }).toArray();
      await expectAnswer(
        found.then((list) => list.map(({ _id }) => _id)),
        wanted,
      );
    },
  );
});
