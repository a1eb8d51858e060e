/**
 * The seven ways to break the ledger that its design was tried with, each as patches of the real code. A patch that no longer
 * fits fails the run: a mutant that was not applied proves nothing.
 */
const accounting = 'apps/accounting/src';
const closings = `${accounting}/holds/hold-closings.service.ts`;
const holds = `${accounting}/holds/holds.service.ts`;
const rules = `${accounting}/holds/hold.ts`;
const ledger = `${accounting}/ledger/ledger.service.ts`;
const posting = `${accounting}/ledger/posting.ts`;

export const mutants = [
  {
    name: 'settle ignores the state of the hold',
    patches: [
      [
        closings,
        "if (hold.state === 'held') return this.closeHeld(hold, closer, session);\n      if (hold.state === 'expired')",
        "if (hold.state !== 'denied') return this.closeHeld(hold, closer, session);\n      if (hold.state === 'expired')",
      ],
      [closings, "{ _id: hold._id, state: 'held', ...closer.guard }", '{ _id: hold._id, ...closer.guard }'],
    ],
  },
  {
    name: 'a late settlement charges everything again',
    patches: [[rules, 'actual > charged ? actual - charged : 0n', 'actual']],
  },
  {
    name: 'a late settlement is not capped by what is available',
    patches: [
      [rules, 'const more = rest < available ? rest : available;', 'const more = available < 0n ? available : rest;'],
    ],
  },
  {
    name: 'a hold has no check for duplicates',
    patches: [
      [
        holds,
        'if (earlier) return this.replay(hold, earlier);',
        'if (earlier && hold.amount_ucr < 0n) return this.replay(hold, earlier);',
      ],
      [
        holds,
        'await this.holds.insertMany([hold], { session });',
        'await this.holds.replaceOne({ _id: hold._id }, hold, { session, upsert: true });',
      ],
      [posting, 'entryId: `hold:${holdId}`', 'entryId: `hold:${holdId}:${Math.random()}`'],
    ],
  },
  {
    name: 'the guard compares with the balance, not with what is available',
    patches: [
      [
        ledger,
        "{ $gte: [{ $subtract: ['$balance_ucr', '$held_ucr'] }, needed] }",
        "{ $gte: ['$balance_ucr', needed] }",
      ],
      [posting, 'available(account) < neededUcr(posting)', 'account.balance < neededUcr(posting)'],
    ],
  },
  {
    name: 'the sweeper forgets the entry',
    patches: [
      [
        ledger,
        'await this.entries.insertMany([entry], { session });',
        "if (posting.type !== 'expire') await this.entries.insertMany([entry], { session });",
      ],
    ],
  },
  {
    name: 'settle forgets to free the hold',
    patches: [[posting, 'heldDelta: -hold.held,', "heldDelta: type === 'settle' ? 0n : -hold.held,"]],
  },
];
