import type { Document } from 'mongodb';
import { type AccountingHarness, buildHold, buildHoldId, type TestUser } from './accounting-harness.js';

/** An account with every kind of entry, and the ids of its holds by what became of them. */
export interface BusyAccount {
  user: TestUser;
  id: string;
  settled: string;
  released: string;
  late: string;
  open: string;
}

const kinds = ['settled', 'released', 'late', 'open'] as const;

/** What the service has stored about an account, as it was right after the last of its operations. */
interface Original {
  books: BusyAccount;
  stored: [collection: string, records: Document[]][];
}

/** The service makes the first one; every other one is a copy of what it has stored then, under names of its own. */
export class BusyAccounts {
  private original: Promise<Original> | undefined;

  constructor(private readonly accounting: AccountingHarness) {}

  async create(): Promise<BusyAccount> {
    if (this.original) return (await this.createCopies(1))[0]!;
    this.original = this.make().then((books) => this.remember(books));
    return (await this.original).books;
  }

  /** Copies that are stored all at once; the first account has to be there. */
  async createCopies(count: number): Promise<BusyAccount[]> {
    const original = await this.original!;
    const copies = Array.from({ length: count }, () => this.copy(original));
    for (const [index, [name]] of original.stored.entries())
      await this.accounting.db.collection(name).insertMany(copies.flatMap(({ stored }) => stored[index]![1]));
    return copies.map(({ books }) => books);
  }

  private async make(): Promise<BusyAccount> {
    const { accounting } = this;
    const user = await accounting.createUser(1_000);
    const [settled, released, late, open] = [buildHold(), buildHold(), buildHold(), buildHold()];
    for (const hold of [settled, released, late, open]) await accounting.hold(user, hold);
    await accounting.settle(settled.hold_id);
    await accounting.release(released.hold_id);
    await accounting.abandon(late.hold_id);
    await accounting.sweep();
    await accounting.settle(late.hold_id);
    await accounting.refund({ hold_id: settled.hold_id, amount_ucr: 5 });
    await accounting.adjust(user, -10);
    const ids = { settled: settled.hold_id, released: released.hold_id, late: late.hold_id };
    return { user, id: `user:${user.id}`, ...ids, open: open.hold_id };
  }

  private async remember(books: BusyAccount): Promise<Original> {
    const records = async (name: string, filter: Document): Promise<[string, Document[]]> => [
      name,
      await this.accounting.db.collection(name).find(filter).toArray(),
    ];
    const own = { account_id: books.id };
    const stored = [
      records('credit_accounts', { _id: books.id }),
      records('credit_holds', own),
      records('credit_entries', own),
    ];
    return { books, stored: await Promise.all(stored) };
  }

  private copy({ books, stored }: Original): Original {
    const user = this.accounting.user();
    const ids = Object.fromEntries(kinds.map((kind) => [kind, buildHoldId()])) as Record<
      (typeof kinds)[number],
      string
    >;
    const names = new Map([[books.user.id, user.id], ...kinds.map((kind) => [books[kind], ids[kind]] as const)]);
    const own = (name: string): string => [...names].reduce((text, [from, to]) => text.replaceAll(from, to), name);
    // An allocation, a refund and an adjustment are named after nothing that is the account's.
    for (const { _id: id } of stored.flatMap(([, records]) => records))
      if (own(String(id)) === id) names.set(id, `${id}.${user.id}`);
    const copied = stored.map(([name, records]): Original['stored'][number] => [
      name,
      records.map((record) => renamed(record, own) as Document),
    ]);
    return { books: { user, id: `user:${user.id}`, ...ids }, stored: copied };
  }
}

/** The same with other names in it, at any depth. */
function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (typeof value === 'string') return rename(value);
  if (Array.isArray(value)) return value.map((each) => renamed(each, rename));
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, renamed(member, rename)]));
}
