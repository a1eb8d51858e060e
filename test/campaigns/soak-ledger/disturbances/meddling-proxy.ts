import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../soak-db/random.js';
import { AnswerBook } from './answer-book.js';
import type { Tally } from '../books/tally.js';

interface Call {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
}
interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}
/** How long calls are delayed at most, and what share of holds is short-lived. */
export interface Meddling {
  delayMs: number;
  repeatAfterMs: number;
  shortLived: number;
}
/** What happens to one call. */
interface Mischief {
  delayMs: number;
  repeatAfterMs?: number;
  dropAnswer: boolean;
}

/** The shortest that accounting allows. */
const shortestTtlSeconds = 10;
const harmless: Mischief = { delayMs: 0, dropAnswer: false };
const passedOn = ['content-type', 'authorization', 'accept', 'x-subject-token', 'idempotency-key'];
const passedBack = ['content-type', 'retry-after', 'idempotency-replayed'];

/** Stands between chat and accounting, distributes the calls over the instances of accounting, and does what bad networks do. */
export class MeddlingProxy {
  private isCalm = false;
  private isCutOff = false;
  private readonly underway = new Set<Promise<unknown>>();
  private readonly server: Server;
  private readonly answered: AnswerBook;

  private constructor(
    private readonly targets: readonly string[],
    private readonly most: Meddling,
    private readonly random: Random,
    private readonly tally: Tally,
  ) {
    this.answered = new AnswerBook(tally);
    this.server = createServer((request, response) => this.track(this.serve(request, response)));
  }

  static async start(targets: readonly string[], most: Meddling, random: Random, tally: Tally): Promise<MeddlingProxy> {
    const proxy = new MeddlingProxy(targets, most, random, tally);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on every call passes once and without delay; settles when no delayed call is left. */
  async calmDown(): Promise<void> {
    this.isCalm = true;
    while (this.underway.size > 0) await Promise.all(this.underway);
  }

  /** Cuts accounting off from its callers, or connects it again. */
  cutOff(isCutOff: boolean): void {
    this.isCutOff = isCutOff;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private track(work: Promise<unknown>): void {
    this.underway.add(work);
    void work.finally(() => this.underway.delete(work));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(request, this.most.shortLived).catch(() => undefined);
    if (!call) return;
    if (this.isCutOff && !this.isCalm) return void response.destroy();
    const { delayMs, repeatAfterMs, dropAnswer } = this.isCalm ? harmless : this.choose();
    if (delayMs > 0) await delay(delayMs);
    if (repeatAfterMs !== undefined) this.track(delay(repeatAfterMs).then(() => this.forward(call)));
    const answer = await this.forward(call);
    if (!answer || dropAnswer) return void response.destroy();
    if (!response.destroyed) response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  private choose(): Mischief {
    const { random, tally, most } = this;
    const isDelayed = random.chance(0.25);
    const isRepeated = random.chance(0.15);
    const dropAnswer = random.chance(0.06);
    if (isDelayed) tally.delays++;
    if (isRepeated) tally.duplicates++;
    if (dropAnswer) tally.droppedAnswers++;
    // Most delays are short, so that some calls overtake others; the longest ones are few.
    const delayMs = isDelayed ? random.below(random.chance(0.08) ? most.delayMs : most.delayMs / 10) : 0;
    return { delayMs, dropAnswer, ...(isRepeated ? { repeatAfterMs: random.below(most.repeatAfterMs) } : {}) };
  }

  /** Like a balancer: a call that one instance does not accept goes to the other. @returns undefined when there was no answer */
  private async forward(call: Call): Promise<Answer | undefined> {
    const first = this.random.below(this.targets.length);
    for (let i = 0; i < this.targets.length; i++) {
      try {
        const answer = await send(this.targets[(first + i) % this.targets.length]!, call);
        this.answered.note(call, answer);
        return answer;
      } catch (error) {
        if (!wasRefused(error)) return undefined;
      }
    }
    this.tally.unreachable++;
    return undefined;
  }
}

async function readCall(request: IncomingMessage, shortLived: number): Promise<Call> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const { method = 'GET', url = '/', headers } = request;
  const kept = passedOn.flatMap((name) =>
    headers[name] === undefined ? [] : [[name, String(headers[name])] as const],
  );
  const sent = parts.length > 0 ? Buffer.concat(parts) : undefined;
  const body = sent && method === 'POST' && url === '/holds' ? shortened(sent, shortLived) : sent;
  return { method, path: url, headers: Object.fromEntries(kept), body };
}

/** Some holds are short-lived and expire during their answers. The id decides which, so that a copied call asks the same. */
function shortened(body: Buffer, share: number): Buffer {
  const hold = JSON.parse(body.toString('utf8')) as { hold_id: string };
  const chance = Number.parseInt(hold.hold_id.slice(-4), 16) / 0x10000;
  return chance < share ? Buffer.from(JSON.stringify({ ...hold, ttl_seconds: shortestTtlSeconds })) : body;
}

async function send(target: string, { method, path, headers, body }: Call): Promise<Answer> {
  const limit = AbortSignal.timeout(15_000);
  const response = await fetch(`${target}${path}`, { method, headers, body: body ?? null, signal: limit });
  const kept = passedBack.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  const answer = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: Object.fromEntries(kept), body: answer };
}

/** Only a call that no instance has accepted may be sent to another one. */
const wasRefused = (error: unknown): boolean =>
  ((error as { cause?: { code?: unknown } }).cause?.code ?? undefined) === 'ECONNREFUSED';
