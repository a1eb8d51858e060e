/**
 * The ways to break the ledger, one or more for each of its guards. A mutant is a set of patches to the real code and the suites
 * that have to notice. A patch that no longer fits fails the run: a mutant that was not applied proves nothing.
 */
const accounting = 'apps/accounting/src';
const closings = `${accounting}/holds/hold-closings.service.ts`;
const holds = `${accounting}/holds/holds.service.ts`;
const rules = `${accounting}/holds/hold.ts`;
const promises = `${accounting}/holds/open-promises.ts`;
const ledger = `${accounting}/ledger/ledger.service.ts`;
const posting = `${accounting}/ledger/posting.ts`;
const refusal = `${accounting}/ledger/refusal.ts`;
const batch = `${accounting}/ledger/posting-batch.ts`;
const caps = `${accounting}/member-caps/cap-standings.ts`;
const lots = `${accounting}/ledger/credit-lots.ts`;
const refills = `${accounting}/credit-rules/refills.service.ts`;
const ruleGrants = `${accounting}/credit-rules/rule-grants.service.ts`;
const corrections = `${accounting}/corrections/corrections.service.ts`;
const cost = `${accounting}/prices/cost.ts`;

const closesAnyState = [
  closings,
  "{ _id: hold._id, state: 'held', ...closer.guard }",
  '{ _id: hold._id, ...closer.guard }',
];

export const mutants = [
  {
    name: 'settle ignores the state of the hold',
    suites: ['hold-closings'],
    patches: [
      [
        closings,
        "if (hold.state === 'held') return this.closeHeld(hold, closer, transaction);\n      if (hold.state === 'expired')",
        "if (hold.state) return this.closeHeld(hold, closer, transaction);\n      if (hold.state === 'expired')",
      ],
      closesAnyState,
    ],
  },
  {
    name: 'a late settlement charges everything again',
    suites: ['hold-expiry'],
    patches: [[rules, 'const rest = beyond(actual, charged);', 'const rest = actual;']],
  },
  {
    name: 'a late settlement is not capped by what is available',
    suites: ['hold-expiry'],
    patches: [
      [rules, 'const more = rest < available ? rest : available;', 'const more = available < 0n ? available : rest;'],
    ],
  },
  {
    name: 'a hold has no check for duplicates',
    suites: ['holds.e2e'],
    patches: [
      [
        holds,
        'if (earlier) return this.replay(hold, earlier);',
        "if (earlier?._id === '') return this.replay(hold, earlier);",
      ],
      [holds, 'const isNew = { _id: hold._id, state: { $exists: false } };', 'const isNew = { _id: hold._id };'],
      [posting, 'entryId: `hold:${holdId}`', 'entryId: `hold:${holdId}:${Math.random()}`'],
    ],
  },
  {
    name: 'the guard compares with the balance, not with what is available',
    suites: ['holds.e2e'],
    patches: [
      [refusal, "figure: 'available', atLeast: neededUcr(posting)", "figure: 'balance', atLeast: neededUcr(posting)"],
    ],
  },
  {
    name: 'the sweeper forgets the entry',
    suites: ['hold-expiry'],
    patches: [
      [
        ledger,
        'const entry = toEntry(posting, account, at);\n    await this.entries.insertMany([entry], { session: transaction });',
        "const entry = toEntry(posting, account, at);\n    if (posting.type !== 'expire') await this.entries.insertMany([entry], { session: transaction });",
      ],
      [batch, 'this.entries.push(entry);', "if (posting.type !== 'expire') this.entries.push(entry);"],
    ],
  },
  {
    name: 'settle forgets to free the hold',
    suites: ['hold-closings'],
    patches: [[posting, 'heldDelta: -hold.held,', "heldDelta: type === 'settle' ? 0n : -hold.held,"]],
  },
  {
    name: 'what is held does not count under a cap',
    suites: ['organizations'],
    patches: [[caps, 'cap.held_ucr += held;', 'cap.held_ucr += 0n * held;']],
  },
  {
    name: 'what was charged does not count under a cap',
    suites: ['organizations'],
    patches: [[caps, 'cap.spent_ucr += charged;', 'cap.spent_ucr += 0n * charged;']],
  },
  {
    name: 'a cap is not freed when the hold closes',
    suites: ['organizations'],
    patches: [[caps, 'cap.held_ucr += held;', 'cap.held_ucr += held > 0n ? held : 0n;']],
  },
  {
    name: "a batch is written without looking at the account's number",
    suites: ['database.e2e'],
    patches: [[ledger, '{ _id: account._id, seq: before.seq, status: before.status },', '{ _id: account._id },']],
  },
  {
    name: 'a top-up does not ask what is available',
    suites: ['hold-progress'],
    patches: [
      [
        refusal,
        '({ delta, heldDelta }: Posting): bigint => heldDelta - delta;',
        "({ delta, heldDelta, type }: Posting): bigint => (type === 'top_up' ? 0n : heldDelta - delta);",
      ],
    ],
  },
  {
    name: 'a settled hold can be released',
    suites: ['hold-closings'],
    patches: [
      [
        closings,
        "if (hold.state === 'held') return this.closeHeld(hold, closer, transaction);\n      // An expiry",
        "if (hold.state === 'held' || hold.state === 'settled') return this.closeHeld(hold, closer, transaction);\n      // An expiry",
      ],
      closesAnyState,
    ],
  },
  {
    name: 'an expiry takes what is held',
    suites: ['credit-lots', 'expiring-credits'],
    patches: [[lots, 'let held = heldUcr;', 'let held = heldUcr * 0n;']],
  },
  {
    name: 'an expiry takes what was spent',
    suites: ['credit-lots', 'expiring-credits'],
    patches: [[lots, 'return delta < 0n ? spent(lots, -delta) : lots;', 'return lots;']],
  },
  {
    name: 'a refill is given twice',
    suites: ['credit-rules'],
    patches: [
      [
        refills,
        '`rule:${rule._id}:${accountId}:${period}`',
        '`rule:${rule._id}:${accountId}:${period}:${Math.random()}`',
      ],
    ],
  },
  {
    name: 'a refill is given for a period that is over',
    suites: ['credit-rules'],
    patches: [[refills, "(rule.last_period ?? '') >= name", "(rule.last_period ?? '') === name"]],
  },
  {
    name: 'a refill goes beyond its ceiling',
    suites: ['credit-rules'],
    patches: [[ruleGrants, 'return amount < room ? amount : room;', 'return amount;']],
  },
  {
    name: 'a refund has no limit',
    suites: ['corrections'],
    patches: [[corrections, 'if (amount > left || amount === 0n)', 'if (amount === 0n)']],
  },
  {
    name: 'a hold leaves out what the settlement charges for the input',
    suites: ['holds.e2e'],
    patches: [
      [holds, 'amount_ucr: highestCost(tokens, rates),', 'amount_ucr: highestCost({ ...tokens, input: 0 }, rates),'],
    ],
  },
  {
    name: 'more output counts as affordable than can be held',
    suites: ['hold-amounts'],
    patches: [
      [
        cost,
        'return output < BigInt(most) ? Number(output) : most;',
        'return output < BigInt(most) ? Number(output) + 1 : most;',
      ],
    ],
  },
  {
    name: 'what others are promised counts as free',
    suites: ['promises'],
    patches: [[holds, 'available(stateOf(account)) - promises.beyond();', 'available(stateOf(account));']],
  },
  {
    name: 'what others are promised counts as free under a cap',
    suites: ['promises'],
    patches: [[holds, '(capId: string) => promises.beyond(capId)', '() => 0n']],
  },
  {
    name: 'holds of one transaction are promised the same credits',
    suites: ['promises'],
    patches: [[holds, 'this.promises.note(placed, transaction);', '']],
  },
  {
    name: 'what is promised outlives its hold',
    suites: ['promised'],
    patches: [[promises, 'else this.open.delete(hold._id);', '']],
  },
];
