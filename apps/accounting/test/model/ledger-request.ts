import fc from 'fast-check';

/** The two accounts: a user's own, and the pool of the organisation that they and a second user are members of. */
export const purses = ['own', 'pool'] as const;
export type Purse = (typeof purses)[number];

/** In whose name a hold is made: the first user's own, or that of one of the two members of the organisation. */
export const payers = ['own', 'first', 'second'] as const;
export type Payer = (typeof payers)[number];
export type Member = Exclude<Payer, 'own'>;
export const purseOf = (payer: Payer): Purse => (payer === 'own' ? 'own' : 'pool');

export const periods = ['day', 'month'] as const;
export type Period = (typeof periods)[number];

/** When credits that were given with an end expire: in the order of these names, and long after all the rest. */
export const ends = ['first', 'second', 'third'] as const;
export type End = (typeof ends)[number];

/** One request to the ledger. Holds and keys come from small pools, so that requests meet what earlier ones have left. */
export type LedgerRequest =
  | { kind: 'allocate'; purse: Purse; key: number; amount: bigint; isOpening: boolean; end?: End | undefined }
  | { kind: 'adjust'; purse: Purse; key: number; delta: bigint }
  | { kind: 'refund'; key: number; hold: number; amount: bigint | undefined }
  | { kind: 'cap'; member: Member; period: Period; most: bigint }
  | { kind: 'hold'; hold: number; payer: Payer; output: number; wanted: number | undefined }
  | { kind: 'progress'; hold: number; seq: number; output: number; more: number }
  | { kind: 'settle'; hold: number; output: number; outcome: 'completed' | 'stopped' | 'interrupted' | 'failed' }
  | { kind: 'release'; hold: number };

export const holdIds = 24;
const hold = fc.nat(holdIds - 1);
const key = fc.nat(20);
const purse = fc.constantFrom(...purses, 'pool' as const);
/** A hold of 60 tokens costs 100; balances are of the same size, so that some holds are refused and settlements run short. */
const output = fc.nat(60);
/** Amounts below the price of a call show what larger ones hide. */
const amount = fc.oneof(fc.bigInt(1n, 12n), fc.bigInt(1n, 300n));

export const ledgerRequests = {
  allocate: fc.record({
    kind: fc.constant('allocate' as const),
    purse,
    key,
    amount,
    isOpening: fc.nat(3).map((chance) => chance === 0),
    end: fc.option(fc.constantFrom(...ends), { nil: undefined }),
  }),
  adjust: fc.record({
    kind: fc.constant('adjust' as const),
    purse,
    key,
    delta: fc.bigInt(-100n, 50n).filter((delta) => delta !== 0n),
  }),
  refund: fc.record({
    kind: fc.constant('refund' as const),
    key,
    hold,
    amount: fc.option(fc.bigInt(1n, 60n), { nil: undefined }),
  }),
  cap: fc.record({
    kind: fc.constant('cap' as const),
    member: fc.constantFrom('first' as const, 'second' as const),
    period: fc.constantFrom(...periods),
    most: fc.bigInt(0n, 250n),
  }),
  hold: fc.record({
    kind: fc.constant('hold' as const),
    hold,
    payer: fc.constantFrom(...payers),
    output,
    wanted: fc.option(fc.nat(120), { nil: undefined }),
  }),
  progress: fc.record({
    kind: fc.constant('progress' as const),
    hold,
    seq: fc.integer({ min: 1, max: 4 }),
    output,
    more: fc.oneof(fc.constant(0), fc.nat(40)),
  }),
  settle: fc.record({
    kind: fc.constant('settle' as const),
    hold,
    output: fc.nat(120),
    outcome: fc.constantFrom('completed', 'completed', 'stopped', 'interrupted', 'failed'),
  }),
  release: fc.record({ kind: fc.constant('release' as const), hold }),
} satisfies Record<LedgerRequest['kind'], fc.Arbitrary<LedgerRequest>>;
