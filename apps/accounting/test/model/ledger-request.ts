import fc from 'fast-check';

/** One request to the ledger. Holds and keys come from small pools, so that requests meet what earlier ones have left. */
export type LedgerRequest =
  | { kind: 'allocate'; key: number; amount: bigint }
  | { kind: 'adjust'; key: number; delta: bigint }
  | { kind: 'refund'; key: number; hold: number; amount: bigint | undefined }
  | { kind: 'hold'; hold: number; output: number }
  | { kind: 'progress'; hold: number; seq: number; output: number; more: number }
  | { kind: 'settle'; hold: number; output: number; outcome: 'completed' | 'stopped' | 'failed' }
  | { kind: 'release'; hold: number };

export const holdIds = 10;
const hold = fc.nat(holdIds - 1);
const key = fc.nat(20);
/** A hold of 60 tokens costs 100; balances are of the same size, so that some holds are denied and settlements run short. */
const output = fc.nat(60);

export const ledgerRequests = {
  allocate: fc.record({ kind: fc.constant('allocate' as const), key, amount: fc.bigInt(1n, 300n) }),
  adjust: fc.record({
    kind: fc.constant('adjust' as const),
    key,
    delta: fc.bigInt(-100n, 50n).filter((delta) => delta !== 0n),
  }),
  refund: fc.record({
    kind: fc.constant('refund' as const),
    key,
    hold,
    amount: fc.option(fc.bigInt(1n, 60n), { nil: undefined }),
  }),
  hold: fc.record({ kind: fc.constant('hold' as const), hold, output }),
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
    outcome: fc.constantFrom('completed', 'completed', 'stopped', 'failed'),
  }),
  release: fc.record({ kind: fc.constant('release' as const), hold }),
} satisfies Record<LedgerRequest['kind'], fc.Arbitrary<LedgerRequest>>;
