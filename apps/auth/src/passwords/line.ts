/** Who asks. Turns are shared out between addresses first, and within an address between accounts. */
export interface Asker {
  address: string;
  account: string;
}

export interface Waiting {
  asker: Asker;
  begin: () => void;
  turnAway: () => void;
}

export interface LineBounds {
  total: number;
  perAddress: number;
  perAccount: number;
}

/**
 * Those who wait. Addresses take turns, and so do the accounts of an address: whoever asks a thousand times waits behind himself and
 * takes nobody else's turn. Where there is no room, the newest of whoever has the most gives way to one who has less.
 */
export class Line {
  private readonly addresses = new Map<string, Accounts>();

  constructor(private readonly bounds: LineBounds) {}

  /** @returns false when there is no room for this asker */
  add(waiting: Waiting): boolean {
    const { address, account } = waiting.asker;
    if (!this.makeRoom(waiting.asker)) return false;
    const accounts = this.addresses.get(address) ?? (new Map() as Accounts);
    accounts.set(account, [...(accounts.get(account) ?? []), waiting]);
    this.addresses.set(address, accounts);
    return true;
  }

  /** Takes out the one whose turn it is. */
  next(): Waiting | undefined {
    for (const [address, accounts] of this.addresses) {
      for (const [account, [first, ...others]] of accounts) {
        sendToTheBack(accounts, account, others, others.length);
        sendToTheBack(this.addresses, address, accounts, accounts.size);
        return first;
      }
    }
    return undefined;
  }

  private makeRoom({ address, account }: Asker): boolean {
    const { total, perAddress, perAccount } = this.bounds;
    const all = [...this.addresses.values()];
    const here = this.addresses.get(address) ?? (new Map() as Accounts);
    if (sum(all.map((accounts) => lengthOf(accounts.get(account)))) >= perAccount) return false;
    if (sizeOf(here) >= perAddress) {
      return lengthOf(fullestOf(here)) >= lengthOf(here.get(account)) + 2 && turnNewestAway(here);
    }
    if (sum(all.map(sizeOf)) < total) return true;
    const fullest = all.reduce((most, each) => (sizeOf(each) > sizeOf(most) ? each : most));
    return sizeOf(fullest) >= sizeOf(here) + 2 && turnNewestAway(fullest);
  }
}

type Accounts = Map<string, Waiting[]>;

function turnNewestAway(accounts: Accounts): true {
  const fullest = fullestOf(accounts)!;
  const newest = fullest.pop()!;
  if (fullest.length === 0) accounts.delete(newest.asker.account);
  newest.turnAway();
  return true;
}

/** A map keeps the order of insertion: what is set anew stands last. */
function sendToTheBack<Value>(map: Map<string, Value>, key: string, value: Value, size: number): void {
  map.delete(key);
  if (size > 0) map.set(key, value);
}

const fullestOf = (accounts: Accounts): Waiting[] | undefined =>
  [...accounts.values()].toSorted((one, other) => other.length - one.length)[0];
const sum = (numbers: number[]): number => numbers.reduce((total, each) => total + each, 0);
const lengthOf = (list: readonly unknown[] | undefined): number => list?.length ?? 0;
const sizeOf = (accounts: Accounts): number => sum([...accounts.values()].map(lengthOf));
