/** What the ledger should be: the rules again, in the plainest words, for one account at a call price of 5 and 1 a token. */
export interface ModelHold {
  id: string;
  state: 'held' | 'settled' | 'released' | 'expired' | 'late' | 'denied';
  amount: number;
  used: number;
  seq: number;
  charged: number;
  refunded: number;
  /** What it was settled with. */
  settled?: string;
}

/** A request that was answered, and its answer, to be sent again. */
export interface Sent {
  send: () => Promise<{ status: number; body: Record<string, unknown> }>;
  answer: string;
}

export class LedgerModel {
  balance = 0;
  held = 0;
  readonly holds: ModelHold[] = [];
  readonly sent: Sent[] = [];

  get available(): number {
    return this.balance - this.held;
  }

  hold(id: string, amount: number): number {
    const admitted = amount <= this.available;
    const fresh = { id, amount, used: 0, seq: 0, charged: 0, refunded: 0 };
    this.holds.push({ ...fresh, state: admitted ? 'held' : 'denied' });
    if (admitted) this.held += amount;
    return admitted ? 201 : 402;
  }

  progress(hold: ModelHold, used: number, target: number): number {
    if (hold.state === 'expired') return 410;
    if (hold.state !== 'held') return 409;
    const wanted = Math.max(hold.amount, target);
    const admitted = wanted - hold.amount <= this.available;
    if (admitted) {
      this.held += wanted - hold.amount;
      Object.assign(hold, { amount: wanted, seq: hold.seq + 1 });
    }
    hold.used = Math.max(hold.used, Math.min(used, hold.amount));
    return admitted ? 200 : 402;
  }

  settle(hold: ModelHold, actual: number, request: string): number {
    if (hold.state === 'held') {
      this.close(hold, 'settled', Math.min(actual, hold.amount + this.available));
    } else if (hold.state === 'expired') {
      const more = Math.min(Math.max(0, actual - hold.charged), this.available);
      this.balance -= more;
      Object.assign(hold, { state: 'late', charged: hold.charged + more });
    } else {
      return hold.settled === request ? 200 : 409;
    }
    hold.settled = request;
    return 200;
  }

  release(hold: ModelHold): number {
    if (hold.state === 'held') this.close(hold, 'released', 0);
    return hold.state === 'released' ? 200 : 409;
  }

  expire(hold: ModelHold): void {
    if (hold.state === 'held') this.close(hold, 'expired', hold.used);
  }

  refund(hold: ModelHold, amount: number): number {
    if (hold.state === 'denied') return 404;
    if (amount > hold.charged - hold.refunded) return 422;
    hold.refunded += amount;
    this.balance += amount;
    return 201;
  }

  private close(hold: ModelHold, state: ModelHold['state'], charged: number): void {
    this.held -= hold.amount;
    this.balance -= charged;
    Object.assign(hold, { state, charged });
  }
}
