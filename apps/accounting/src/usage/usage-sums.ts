import type { Usage } from '@parley/contracts';

/** Counts of tokens over many settlements. */
export interface TokenSums {
  settlements: bigint;
  input: bigint;
  output: bigint;
  cacheRead: bigint;
  cacheWrite: bigint;
}

/** Calls that have expired and that nobody has settled since, with what they had reported by then. */
export type Abandoned = { calls: bigint } & Omit<TokenSums, 'settlements'>;

/** What the calls at one price version came to. Amounts in micro-credits. */
export interface UsageSums {
  calls: bigint;
  expired: bigint;
  lateSettlements: bigint;
  usage: Record<Usage['source'], TokenSums>;
  abandoned: Abandoned;
  charged: bigint;
  uncollected: bigint;
  writtenOff: bigint;
  refunded: bigint;
}

export interface PricedUsage {
  model: string;
  priceId: string;
  sums: UsageSums;
}

/** Sums over the entries of one type, one price version and one source of usage. */
export interface EndingSums {
  priceId: string;
  type: 'settle' | 'expire' | 'late';
  source?: Usage['source'];
  entries: bigint;
  tokens: Omit<TokenSums, 'settlements'>;
  charged: bigint;
  writtenOff: bigint;
}

/** An amount for one price version. */
export interface PriceSum {
  priceId: string;
  amount: bigint;
}

/** Adds up what was read, by price version. */
export class UsageTotals {
  private readonly byPrice = new Map<string, UsageSums>();

  addEnding({ priceId, type, source, entries, tokens, charged, writtenOff }: EndingSums): void {
    const sums = this.of(priceId);
    // A late settlement belongs to a call that was counted when it expired.
    if (type === 'late') sums.lateSettlements += entries;
    else sums.calls += entries;
    if (type === 'expire') sums.expired += entries;
    // What an expiry had reported is part of what a late settlement says.
    if (source && type !== 'expire') addTokens(sums.usage[source], { settlements: entries, ...tokens });
    sums.charged += charged;
    sums.writtenOff += writtenOff;
  }

  setAbandoned(priceId: string, abandoned: Abandoned): void {
    this.of(priceId).abandoned = abandoned;
  }

  addUncollected({ priceId, amount }: PriceSum): void {
    this.of(priceId).uncollected += amount;
  }

  addRefunded({ priceId, amount }: PriceSum): void {
    this.of(priceId).refunded += amount;
  }

  entries(): [priceId: string, sums: UsageSums][] {
    return [...this.byPrice];
  }

  private of(priceId: string): UsageSums {
    const known = this.byPrice.get(priceId);
    if (known) return known;
    const amounts = { charged: 0n, uncollected: 0n, writtenOff: 0n, refunded: 0n };
    const usage = { provider: noTokens(), estimated: noTokens() };
    const { settlements: calls, ...tokens } = noTokens();
    const sums = { calls: 0n, expired: 0n, lateSettlements: 0n, usage, abandoned: { calls, ...tokens }, ...amounts };
    this.byPrice.set(priceId, sums);
    return sums;
  }
}

const noTokens = (): TokenSums => ({ settlements: 0n, input: 0n, output: 0n, cacheRead: 0n, cacheWrite: 0n });

function addTokens(sums: TokenSums, more: TokenSums): void {
  sums.settlements += more.settlements;
  sums.input += more.input;
  sums.output += more.output;
  sums.cacheRead += more.cacheRead;
  sums.cacheWrite += more.cacheWrite;
}
