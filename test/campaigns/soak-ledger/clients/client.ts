import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../soak-db/random.js';
import type { ChatDoors, Told } from './chat-doors.js';
import type { Bank } from './bank.js';
import type { Customer } from './customers.js';
import { Listener } from './listener.js';
import { Reports } from './reports.js';
import { questionText } from '../model/said.js';
import type { Tally } from '../books/tally.js';

/** What all clients share. */
export interface Surroundings {
  doors: ChatDoors;
  bank: Bank;
  tally: Tally;
  /** Every stream id that any client has heard of, with its session. */
  known: Map<string, string>;
  nextQuestion: () => number | undefined;
}

interface Question {
  path: string;
  key: string | undefined;
  body: { content: string; max_tokens: number };
}

const longestAnswer = 3_000;
/** How often a client starts a new conversation, so that not every question carries a long history. */
const changeOfSubject = 0.3;
const pauseMs = 150;
const awayMs = 1_500;
const mostResumes = 6;

/** One device of a customer: it asks, reads, leaves, comes back and reports, as the random numbers decide. */
export class Client {
  private session: string | undefined;
  /** The conversation that had to stop and can now continue. */
  private helpedOn: string | undefined;
  private readonly reports: Reports;

  constructor(
    private readonly customer: Customer,
    private readonly random: Random,
    private readonly around: Surroundings,
  ) {
    this.reports = new Reports(customer, random, around);
  }

  async work(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      const question = await this.nextQuestion();
      if (question === 'enough') return;
      const response = question && (await this.start(question));
      if (question && response) await this.listen(question, response);
      // A client that was turned away waits longer, so that the services have time to restart.
      await delay(this.random.below(response ? pauseMs : awayMs), undefined, { signal: until }).catch(() => undefined);
    }
  }

  private async nextQuestion(): Promise<Question | 'enough' | undefined> {
    const isStaying = this.session !== undefined && this.session === this.helpedOn;
    if (!this.session || (!isStaying && this.random.chance(changeOfSubject))) this.session = await this.newSession();
    if (!this.session) return undefined;
    const number = this.around.nextQuestion();
    if (number === undefined) return 'enough';
    const content = questionText(number, this.random.below(40));
    const most = this.random.chance(0.2) ? 1 + this.random.below(400) : longestAnswer;
    return {
      path: `/chat/sessions/${this.session}/stream`,
      key: this.random.chance(0.7) ? randomUUID() : undefined,
      body: { content, max_tokens: most },
    };
  }

  private async newSession(): Promise<string | undefined> {
    const told = await this.around.doors.call('POST', '/chat/sessions', { token: this.customer.token, body: {} });
    return told?.status === 201 ? String(told.body.session_id) : undefined;
  }

  /** With an idempotency key, a start whose answer was lost is repeated. */
  private async start(question: Question): Promise<Response | undefined> {
    const { tally } = this.around;
    tally.starts++;
    for (let tries = 0; tries < 3; tries++) {
      const response = await this.ask(question);
      if (response?.status === 200) return response;
      if (response) await this.refused(await this.around.doors.read(response));
      if (response || question.key === undefined) return undefined;
      tally.repeatedStarts++;
      await delay(pauseMs);
    }
    return undefined;
  }

  private ask({ path, key, body }: Question): Promise<Response | undefined> {
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
    return this.around.doors.open('POST', path, { token: this.customer.token, headers, body });
  }

  private async refused(told: Told | undefined): Promise<void> {
    const { tally } = this.around;
    if (!told || told.status === 503) return;
    const code = told.body.code ?? '';
    if (code === 'insufficient_credits' || code === 'member_cap_reached') {
      tally.outOfCredits++;
      if (this.random.chance(0.6)) await this.getHelp();
    } else if (code === 'stream_already_active') this.session = undefined;
    else if (code !== 'too_many_open_holds') tally.fault(`a start was answered ${told.status} ${code}`);
  }

  private async listen(question: Question, response: Response): Promise<void> {
    const id = response.headers.get('x-streaming-session-id') ?? '';
    const session = question.path.split('/')[3]!;
    this.around.known.set(id, session);
    const listener = new Listener(id, this.around.tally);
    // Sometimes the organisation lowers the cap while the answer is being given.
    if (this.customer.isCapped && this.random.chance(0.3)) await this.around.bank.setCap(this.customer, 1);
    await listener.hear(response, this.random.chance(0.4) ? 1 + this.random.below(20) : Infinity);
    if (question.key !== undefined && this.random.chance(0.3)) await this.repeat(question, id);
    // Some readers never come back; their answers are given and paid for all the same.
    if (!listener.done && this.random.chance(0.25)) return;
    for (let i = 0; i < mostResumes && !listener.done; i++) await this.resume(session, listener);
    if (this.helpedOn === session && listener.lastSeq > 0) {
      this.around.tally.goneOn++;
      this.helpedOn = undefined;
    }
    if (listener.done?.finish_reason === 'credits' && this.random.chance(0.7)) await this.getHelp();
    await this.reports.make(session, listener);
    await this.correct(listener);
  }

  /** More credits, or a higher cap; then the same conversation goes on. */
  private async getHelp(): Promise<void> {
    await this.around.bank.help(this.customer);
    this.helpedOn = this.session;
  }

  /** The administrator refunds some answers, in full or in part, and adjusts some accounts. */
  private async correct({ streamId }: Listener): Promise<void> {
    const { customer, random } = this;
    const { bank } = this.around;
    if (random.chance(0.15))
      await bank.refund(customer.accountId, streamId, random.chance(0.5) ? undefined : 1 + random.below(4_000));
    if (random.chance(0.15)) await bank.adjust(customer.accountId, random.below(8_000) - 6_000 || 1);
  }

  /** Repeats the request during the answer or after it: it must lead to the same stream. */
  private async repeat(question: Question, id: string): Promise<void> {
    this.around.tally.repeatedStarts++;
    const response = await this.ask(question);
    if (response?.status === 200) {
      const again = response.headers.get('x-streaming-session-id');
      if (again !== id) this.around.tally.fault(`${id}: the same key led to ${again}`);
    }
    await response?.body?.cancel().catch(() => undefined);
  }

  private async resume(session: string, listener: Listener): Promise<void> {
    this.around.tally.resumes++;
    const { streamId, lastSeq } = listener;
    const path = `/chat/sessions/${session}/streams/${streamId}`;
    const byHeader = this.random.chance(0.5);
    const headers: Record<string, string> = byHeader ? { 'last-event-id': `${streamId}:${lastSeq}` } : {};
    const query = byHeader ? '' : `?after=${lastSeq}`;
    const response = await this.around.doors.open('GET', `${path}${query}`, { token: this.customer.token, headers });
    if (response?.status === 200) await listener.hear(response, this.random.chance(0.2) ? 5 : Infinity);
    else if (response && ![204, 503].includes(response.status))
      this.around.tally.fault(`${streamId}: resuming after ${lastSeq} was answered ${response.status}`);
    if (!listener.done) await delay(pauseMs);
  }
}
