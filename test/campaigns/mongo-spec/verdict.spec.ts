import { judge } from './verdict.js';

const refused = {
  name: 'views',
  status: 'failed',
  reason: 'expected "no error", got MongoServerError 115: no views',
} as const;
const refusals = { views: '115: the product has no views' };

describe('the verdict on a run of MongoDB’s tests', () => {
  it('is good when only listed tests fail, with the listed error', () => {
    const results = [refused, { name: 'find', status: 'passed' }, { name: 'auth', status: 'skipped' }] as const;
    expect(judge(results, refusals)).toEqual({ passed: 1, refused: 1, skipped: 1, faults: [] });
  });

  it.each([
    [
      'fails outside the list',
      [refused, { name: 'find', status: 'failed', reason: 'two documents' }] as const,
      /^fails: find/,
    ],
    ['is listed and passes', [{ name: 'views', status: 'passed' }] as const, /but passes: views/],
    ['is listed and skipped', [{ name: 'views', status: 'skipped' }] as const, /but is skipped: views/],
    ['is listed and unknown', [] as const, /was not run: views/],
    ['is listed and gives a wrong answer', [{ ...refused, reason: 'two documents' }] as const, /otherwise.*: views/],
    [
      'is listed and fails with another error',
      [{ ...refused, reason: 'MongoServerError 8: no' }] as const,
      /otherwise/,
    ],
  ])('is bad when a test %s', (_, results, fault) => {
    expect(judge(results, refusals).faults).toEqual([expect.stringMatching(fault)]);
  });
});
