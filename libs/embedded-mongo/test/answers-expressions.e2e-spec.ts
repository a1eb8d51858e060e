import { describe } from '@jest/globals';
import { BSONRegExp } from 'mongodb';
import { expectAnswer, probes, RAW, refused, rows } from './answers.js';

const { filled } = probes();

/** An expression and its value. */
type Row = [expression: unknown, value: unknown];

async function check(expression: unknown, value: unknown): Promise<void> {
  const collection = await filled([{ n: null, s: 'aXb', a: [1, 2, 3], o: { k: 1, l: 2 }, i: 5 }]);
  const found = collection.aggregate([{ $project: { _id: 0, value: expression } }], RAW).toArray();
  await expectAnswer(
    found.then(([first]) => first?.value as unknown),
    value,
  );
}

describe('expressions on arrays', () => {
  rows<Row>(
    [
      [{ $arrayElemAt: ['$a', 0] }, 1],
      [{ $arrayElemAt: ['$a', -1] }, 3],
      [{ $arrayElemAt: ['$a', 9] }, undefined],
      [{ $arrayElemAt: ['$a', -9] }, undefined],
      [{ $arrayElemAt: ['$n', 0] }, null],
      [{ $arrayElemAt: ['$i', 0] }, refused(28689)],
      [{ $arrayElemAt: ['$a', 'x'] }, refused(28690)],
      [{ $arrayElemAt: ['$a', 1.5] }, refused(28691)],
      [{ $first: '$a' }, 1],
      [{ $last: [[]] }, undefined],
      [{ $first: '$i' }, refused(28689)],
      [{ $size: '$a' }, 3],
      [{ $size: '$n' }, refused(17124)],
      [{ $in: [2, '$a'] }, true],
      [{ $in: ['$nope', '$a'] }, false],
      [{ $in: [1, '$n'] }, refused(40081)],
      [{ $concatArrays: ['$a', [4]] }, [1, 2, 3, 4]],
      [{ $concatArrays: ['$a', '$n'] }, null],
      [{ $concatArrays: ['$i', '$n'] }, refused(28664)],
      [{ $concatArrays: ['$n', '$i'] }, null],
      [{ $slice: ['$a', 2] }, [1, 2]],
      [{ $slice: ['$a', -2] }, [2, 3]],
      [{ $slice: ['$a', 1, 1] }, [2]],
      [{ $slice: ['$a', -9, 2] }, [1, 2]],
      [{ $slice: ['$n', 2] }, null],
      [{ $slice: ['$i', 2] }, refused(28724)],
      [{ $slice: ['$a', 'x'] }, refused(28725)],
      [{ $slice: ['$a', 1, 0] }, refused(28729)],
      [{ $indexOfArray: ['$a', 2] }, 1],
      [{ $indexOfArray: ['$a', 9] }, -1],
      [{ $indexOfArray: ['$a', 1, 1] }, -1],
      [{ $indexOfArray: ['$n', 1] }, null],
      [{ $indexOfArray: ['$i', 1] }, refused(40090)],
      [{ $reverseArray: '$a' }, [3, 2, 1]],
      [{ $reverseArray: '$i' }, refused(34435)],
      [{ $isArray: ['$a'] }, true],
      [{ $isArray: '$i' }, false],
      [{ $range: [0, 5, 2] }, [0, 2, 4]],
      [{ $range: [3, 0, -1] }, [3, 2, 1]],
      [{ $range: [0, 3, -1] }, []],
      [{ $range: [0, 3, 0] }, refused(34449)],
      [{ $range: ['$n', 3] }, refused(34443)],
      [{ $range: [0, 1.5] }, refused(34446)],
      [{ $range: [0, 2147483647] }, refused(146)],
      [
        {
          $setUnion: [
            [3, 1],
            [1, 2],
          ],
        },
        [1, 2, 3],
      ],
      [
        {
          $setIntersection: [
            [3, 1, 1],
            [1, 2, 3],
          ],
        },
        [1, 3],
      ],
      [{ $setDifference: [[3, 1, 3], [1]] }, [3]],
      [
        {
          $setEquals: [
            [1, 2, 2],
            [2, 1],
          ],
        },
        true,
      ],
      [{ $setIsSubset: [[1], '$a'] }, true],
      [{ $setUnion: ['$a', '$n'] }, null],
      [{ $setUnion: ['$a', '$i'] }, refused(17043)],
      [{ $setEquals: ['$a', '$n'] }, refused(17044)],
      [{ $setIsSubset: ['$n', '$a'] }, refused(17046)],
      [{ $anyElementTrue: [[0, 1]] }, true],
      [{ $allElementsTrue: [[0, 1]] }, false],
      [{ $anyElementTrue: ['$n'] }, refused(17041)],
      [{ $map: { input: '$a', as: 'x', in: { $multiply: ['$$x', 2] } } }, [2, 4, 6]],
      [{ $map: { input: '$a', in: '$$this' } }, [1, 2, 3]],
      [{ $map: { input: '$a', in: '$nope' } }, [null, null, null]],
      [{ $map: { input: '$n', in: 1 } }, null],
      [{ $map: { input: '$i', in: 1 } }, refused(16883)],
      [{ $map: { input: '$a' } }, refused(16882)],
      [{ $map: { in: 1 } }, refused(16880)],
      [{ $filter: { input: '$a', cond: { $gt: ['$$this', 1] } } }, [2, 3]],
      [{ $filter: { input: '$a', cond: 1, limit: 1 } }, [1]],
      [{ $filter: { input: '$i', cond: 1 } }, refused(28651)],
      [{ $filter: { input: '$a' } }, refused(28650)],
      [{ $reduce: { input: '$a', initialValue: 0, in: { $add: ['$$value', '$$this'] } } }, 6],
      [{ $reduce: { input: [], initialValue: 7, in: 1 } }, 7],
      [{ $reduce: { input: '$i', initialValue: 7, in: 1 } }, refused(40080)],
      [{ $zip: { inputs: ['$a', ['x']] } }, [[1, 'x']]],
      [
        { $zip: { inputs: [[1], ['x', 'y']], useLongestLength: true, defaults: [0, 0] } },
        [
          [1, 'x'],
          [0, 'y'],
        ],
      ],
      [{ $zip: { inputs: ['$a', '$n'] } }, null],
      [{ $sortArray: { input: [3, 'a', 1], sortBy: -1 } }, ['a', 3, 1]],
      [{ $sortArray: { input: [{ x: 2 }, { x: 1 }, 5], sortBy: { x: 1 } } }, [5, { x: 1 }, { x: 2 }]],
      [{ $sum: '$a' }, 6],
      [{ $avg: [1, 2, '$s'] }, 1.5],
      [{ $max: ['$a', 2] }, [1, 2, 3]],
      [{ $min: '$a' }, 1],
      [{ $sum: ['$i', '$n'] }, 5],
      [{ $firstN: { n: 2, input: '$a' } }, [1, 2]],
      [{ $lastN: { n: 2, input: '$a' } }, [2, 3]],
      [{ $maxN: { n: 2, input: [1, null, 3, 2] } }, [3, 2]],
    ],
    check,
  );
});

describe('expressions on text', () => {
  rows<Row>(
    [
      [{ $concat: ['a', '$s'] }, 'aaXb'],
      [{ $concat: ['a', '$n', '$i'] }, null],
      [{ $concat: ['a', '$i', '$n'] }, refused(16702)],
      [{ $toUpper: 'aß1' }, 'Aß1'],
      [{ $toLower: '$n' }, ''],
      [{ $toUpper: 1.5 }, '1.5'],
      [{ $strLenCP: 'ä\u{1f600}' }, 2],
      [{ $strLenBytes: 'ä\u{1f600}' }, 6],
      [{ $strLenCP: '$n' }, refused(34471)],
      [{ $strLenBytes: '$n' }, refused(34473)],
      [{ $substrCP: ['hällo', 1, 3] }, 'äll'],
      [{ $substrCP: ['$n', 0, 3] }, ''],
      [{ $substrCP: ['x', 'y', 3] }, refused(34450)],
      [{ $substrCP: ['x', -1, 3] }, refused(34455)],
      [{ $substrCP: ['x', 0, -3] }, refused(34454)],
      [{ $substrBytes: ['hello', 1, -1] }, 'ello'],
      [{ $substrBytes: ['hello', 9, 2] }, ''],
      [{ $substrBytes: ['ä', 1, 1] }, refused(28656)],
      [{ $substrBytes: ['ä', 0, 1] }, refused(28657)],
      [{ $substrBytes: ['a', -1, 1] }, refused(50752)],
      [{ $indexOfCP: ['häll', 'l'] }, 2],
      [{ $indexOfCP: ['$n', 'l'] }, null],
      [{ $indexOfCP: ['x', '$n'] }, refused(40094)],
      [{ $indexOfCP: ['abc', 'a', 1] }, -1],
      [{ $indexOfCP: ['abc', 'c', 0, 2] }, -1],
      [{ $split: ['a,b,,c', ','] }, ['a', 'b', '', 'c']],
      [{ $split: ['$n', ','] }, null],
      [{ $split: ['a', ''] }, refused(40087)],
      [{ $split: [5, ','] }, refused(40085)],
      [{ $split: ['a', 5] }, refused(40086)],
      [{ $trim: { input: ' \t a \n' } }, 'a'],
      [{ $trim: { input: '\u2028a' } }, '\u2028a'],
      [{ $ltrim: { input: 'xxa', chars: 'x' } }, 'a'],
      [{ $rtrim: { input: 'axyx', chars: 'xy' } }, 'a'],
      [{ $trim: { input: '$n' } }, null],
      [{ $trim: { input: 5 } }, refused(50699)],
      [{ $trim: { input: 'a', chars: 5 } }, refused(50700)],
      [{ $replaceOne: { input: 'aa', find: 'a', replacement: { $literal: '$&' } } }, '$&a'],
      [{ $replaceAll: { input: 'aba', find: 'a', replacement: 'c' } }, 'cbc'],
      [{ $replaceAll: { input: 'ab', find: '', replacement: '-' } }, '-a-b-'],
      [{ $replaceOne: { input: '$n', find: 'a', replacement: 'b' } }, null],
      [{ $strcasecmp: ['a', 'A'] }, 0],
      [{ $strcasecmp: ['b', 'A'] }, 1],
      [{ $regexMatch: { input: '$s', regex: 'x', options: 'i' } }, true],
      [{ $regexMatch: { input: '$n', regex: 'x' } }, false],
      [{ $regexMatch: { input: 5, regex: 'x' } }, refused(51104)],
      [{ $regexMatch: { input: 'x', regex: 5 } }, refused(51105)],
      [{ $regexMatch: { input: 'x', regex: new BSONRegExp('x', 'i'), options: 'm' } }, refused(51107)],
      [{ $regexFind: { input: 'häb12', regex: '(\\d)(z)?' } }, { match: '1', idx: 3, captures: ['1', null] }],
      [{ $regexFind: { input: 'a', regex: 'z' } }, null],
      [{ $regexFindAll: { input: 'a1b2', regex: '\\d' } }, [{ match: '1', idx: 1, captures: [] }, { match: '2', idx: 3, captures: [] }]], // prettier-ignore
    ],
    check,
  );
});
