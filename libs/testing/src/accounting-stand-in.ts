import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CreateHold, Hold, PlacedHold, Price, ProgressHold, SettleHold } from '@parley/contracts';
import type { Gate } from './scripted-model.js';

const price = (model: string): Price => ({
  price_id: `prc_${model}`,
  model,
  input_ucr_per_mtok: 1_000_000,
  output_ucr_per_mtok: 1_000_000,
  cache_read_ucr_per_mtok: 1_000_000,
  cache_write_ucr_per_mtok: 1_000_000,
  per_call_ucr: 0,
  free: false,
  effective_at: '2026-01-01T00:00:00.000Z',
});

/** One call that reached the stand-in. */
export interface AccountingCall {
  method: string;
  path: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
  headers: IncomingMessage['headers'];
}

type Refusal = { status: number; code: string; facts?: Record<string, unknown> };

/**
 * Accounting's side of the contract for chat's suites, over real HTTP: every token costs one micro-credit. A test can make
 * it refuse calls or be down, and can look at what it was asked.
 */
export class AccountingStandIn {
  readonly holds = new Map<string, Hold>();
  readonly calls: AccountingCall[] = [];
  /** While set, every answer is 503. */
  down = false;
  /** While set, new holds are refused with this. */
  refusal: Refusal | undefined;
  /** While set, holds do not grow: progress is refused with this. */
  topUpRefusal: Refusal | undefined;
  /** While set, an answer to progress waits here. */
  topUpGate: Gate | undefined;
  /** The output that the account could pay for, as new holds are told. */
  affordableOutputTokens = 100_000_000;
  pricedModels: string[] = [];
  private unlucky: Array<{ call: RegExp; refusal: Refusal }> = [];
  private lost: RegExp[] = [];
  private readonly settled = new Map<string, string>();
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  static async start(): Promise<AccountingStandIn> {
    const standIn = new AccountingStandIn();
    await new Promise<void>((resolve) => standIn.server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  callsTo(pattern: RegExp): AccountingCall[] {
    return this.calls.filter(({ method, path }) => pattern.test(`${method} ${path}`));
  }

  /** The next call that matches (`POST /holds`) gets this refusal; called twice, the next two do. */
  refuseNext(call: RegExp, refusal: Refusal): void {
    this.unlucky.push({ call, refusal });
  }

  /** The next call that matches is carried out, but its answer never arrives. */
  loseNext(call: RegExp): void {
    this.lost.push(call);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?', 1)[0]!;
    const call = { method: request.method ?? 'GET', path, body: await readJson(request), headers: request.headers };
    this.calls.push(call);
    if (path.endsWith('/progress')) await this.topUpGate?.pass();
    const [status, body] = this.down ? [503, { code: 'ledger_busy' }] : (this.badLuck(call) ?? this.route(call));
    if (this.isLost(call)) return void response.destroy();
    const mayRepeat = status === 429 || status === 503 ? { 'retry-after': '1' } : {};
    response.writeHead(status, { 'content-type': 'application/json', ...mayRepeat }).end(JSON.stringify(body));
  }

  private isLost({ method, path }: AccountingCall): boolean {
    const index = this.lost.findIndex((call) => call.test(`${method} ${path}`));
    return index !== -1 && this.lost.splice(index, 1).length > 0;
  }

  private badLuck({ method, path }: AccountingCall): [number, unknown] | undefined {
    const index = this.unlucky.findIndex(({ call }) => call.test(`${method} ${path}`));
    return index === -1 ? undefined : refusal(this.unlucky.splice(index, 1)[0]!.refusal);
  }

  private route({ method, path, body }: AccountingCall): [number, unknown] {
    if (path === '/prices') return [200, { data: this.pricedModels.map(price), next_cursor: null }];
    if (method === 'POST' && path === '/holds') return this.hold(body as CreateHold);
    const [, id = '', action] = /^\/holds\/([^/]+)(?:\/(settle|release|progress))?$/.exec(path) ?? [];
    const hold = this.holds.get(id);
    if (!hold) return refusal({ status: 404, code: 'hold_not_found' });
    if (action === 'progress') return this.progress(hold, body as ProgressHold);
    if (action === 'settle') return this.settle(hold, body as SettleHold);
    return action === 'release' ? this.release(hold) : [200, hold];
  }

  /** Ends a hold as accounting does when nobody keeps it alive. */
  expire(id: string): void {
    const hold = this.holds.get(id)!;
    this.close(hold, 'expired', hold.used_ucr);
  }

  private hold({ hold_id, model, input_tokens, max_output_tokens }: CreateHold): [number, unknown] {
    if (this.refusal) return refusal(this.refusal);
    const amount = input_tokens + max_output_tokens;
    const nothing = { used_ucr: 0, charged_ucr: 0, released_ucr: 0, uncollected_ucr: 0 };
    const times = { created_at: '2026-01-01T00:00:00.000Z', expires_at: '2026-01-01T00:01:30.000Z' };
    const hold: Hold = {
      hold_id,
      account_id: 'user:x',
      state: 'held',
      model,
      price_id: 'prc',
      amount_ucr: amount,
      max_output_tokens,
      ...nothing,
      ...times,
    };
    this.holds.set(hold_id, hold);
    const placed: PlacedHold = { ...hold, affordable_output_tokens: this.affordableOutputTokens };
    return [201, placed];
  }

  private progress(hold: Hold, { usage, top_up_output_tokens: more = 0 }: ProgressHold): [number, unknown] {
    if (hold.state === 'expired') return refusal({ status: 410, code: 'hold_expired' });
    if (hold.state !== 'held') return refusal({ status: 409, code: 'hold_closed' });
    const covered = Math.max(hold.max_output_tokens, usage.output_tokens + more);
    const used = usage.output_tokens === 0 ? 0 : usage.input_tokens + usage.output_tokens;
    // What was used is noted even when no more can be had.
    hold.used_ucr = Math.max(hold.used_ucr, Math.min(used, hold.amount_ucr));
    if (this.topUpRefusal && covered > hold.max_output_tokens) return refusal(this.topUpRefusal);
    return [200, Object.assign(hold, { max_output_tokens: covered, amount_ucr: usage.input_tokens + covered })];
  }

  private settle(hold: Hold, { usage, outcome }: SettleHold): [number, unknown] {
    const actual = outcome === 'failed' ? 0 : usage.input_tokens + usage.output_tokens;
    const words = JSON.stringify([usage, outcome]);
    const earlier = this.settled.get(hold.hold_id) ?? words;
    if (hold.state === 'released') return refusal({ status: 409, code: 'hold_released' });
    if (earlier !== words) return refusal({ status: 409, code: 'settle_mismatch' });
    this.settled.set(hold.hold_id, words);
    if (hold.state === 'held') this.close(hold, 'settled', actual);
    // What the expiry charged is never given back.
    else if (hold.state === 'expired') this.close(hold, 'late', Math.max(hold.charged_ucr, actual));
    return [200, hold];
  }

  private release(hold: Hold): [number, unknown] {
    const isReturned = hold.state === 'released' || (hold.state === 'expired' && hold.charged_ucr === 0);
    if (hold.state !== 'held' && !isReturned) return refusal({ status: 409, code: 'hold_settled' });
    if (hold.state === 'held') this.close(hold, 'released', 0);
    return [200, hold];
  }

  private close(hold: Hold, state: Hold['state'], charged: number): void {
    const released = Math.max(0, hold.amount_ucr - charged);
    Object.assign(hold, { state, charged_ucr: charged, released_ucr: released });
  }
}

const refusal = ({ status, code, facts }: Refusal): [number, unknown] => [
  status,
  { code, detail: 'Refused.', ...facts },
];

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return parts.length === 0 ? undefined : (JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown);
}
