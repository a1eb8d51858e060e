import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClosingsService } from '../../apps/chat/src/closings/closings.service.js';
import { modelName, type Parley, startParley } from '../parley.js';

/** One micro-credit for each token. */
const rate = { input_ucr_per_mtok: 1_000_000, output_ucr_per_mtok: 1_000_000, per_call_ucr: 0 };
const cacheRate = { cache_read_ucr_per_mtok: 1_000_000, cache_write_ucr_per_mtok: 1_000_000, free: false };
const question = 'A long story';
/** Our count of the question, and what every answer may begin with. */
const [input, firstCover] = [10, 64];
/** The model's own count of the question. */
const counted = 3;
const balanceUcr = 5_000;

describe('[attack 117] fifty answers at once on a small balance', () => {
  let parley: Parley;
  let user: { token: string; userId: string };
  let admin: { token: string };

  beforeAll(async () => {
    parley = await startParley();
    admin = await parley.login('admin');
    await parley.accounting.put(`/prices/${modelName}`, { ...rate, ...cacheRate }, { token: admin.token });
  });
  afterAll(() => parley.stop());

  const balance = async () => (await parley.accounting.get('/credits/balance', { token: user.token })).body;

  /** Refused starts have a limit of their own, so each case has a user of its own. */
  const begin = async (username: string) => {
    user = await parley.login(username);
    const credits = { user_id: user.userId, amount_ucr: balanceUcr, reason: 'for the test' };
    await parley.accounting.post('/credits/allocations', credits, { token: admin.token });
  };

  /** A start that timed out may have left a hold, which is being given back. */
  const balanceWhenNothingIsHeld = async (): Promise<number> => {
    for (;;) {
      const { balance_ucr, held_ucr } = await balance();
      if (held_ucr === 0) return balance_ucr as number;
      await parley.services.chat.get(ClosingsService).closeDue(100);
    }
  };

  /** Fifty conversations ask at once. @returns what the model was asked for and gave, in micro-credits */
  const askAll = async () => {
    const asked = parley.model.requests.length;
    const ids = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const { body } = await parley.chat.post('/chat/sessions', {}, { token: user.token });
        return body.session_id as string;
      }),
    );
    const responses = await Promise.all(
      ids.map((id) => parley.chat.open('POST', `/chat/sessions/${id}/stream`, { content: question }, user)),
    );
    await Promise.all(responses.map((response) => response.text()));
    const requests = parley.model.requests.slice(asked);
    const generated = requests.reduce((total, { body }) => total + counted + (body.max_tokens as number), 0);
    return { statuses: new Set(responses.map(({ status }) => status)), answers: requests.length, generated };
  };

  it.each([
    ['of a model that is fast', 'user1', false],
    ['of a model that answers with one document', 'user2', true],
  ])('%s: no more is generated than the account has, by more than one first cover', async (_, username, isWhole) => {
    await begin(username);
    parley.model.answersToTheLimit(isWhole);
    const { statuses, answers, generated } = await askAll();
    expect(answers).toBeGreaterThan(0);
    // A machine that is busy may not get to decide on all of them.
    expect([200, 402, 503]).toEqual(expect.arrayContaining([...statuses]));
    const left = await balanceWhenNothingIsHeld();
    const charged = balanceUcr - left;
    expect(generated).toBeLessThanOrEqual(balanceUcr + firstCover + input);
    expect(generated - charged).toBeLessThanOrEqual(firstCover + input);
    expect(left).toBeGreaterThanOrEqual(0);
  });
});
