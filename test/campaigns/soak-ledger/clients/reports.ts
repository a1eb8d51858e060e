import { randomUUID } from 'node:crypto';
import type { Random } from '../../soak-db/random.js';
import type { Told } from './chat-doors.js';
import type { Surroundings } from './client.js';
import type { Customer } from './customers.js';
import type { Listener } from './listener.js';

/** A client's reports of its answers: honest ones, repeated ones and forged ones. */
export class Reports {
  constructor(
    private readonly customer: Customer,
    private readonly random: Random,
    private readonly around: Surroundings,
  ) {}

  async make(session: string, listener: Listener): Promise<void> {
    if (this.random.chance(0.3)) await this.forge(session);
    if (this.random.chance(0.2)) return;
    const first = await this.report(session, listener);
    if (!first || this.random.chance(0.6)) return;
    const second = await this.report(session, listener);
    if (second && second.body.already_acknowledged !== true)
      this.around.tally.fault(`${listener.streamId}: a second report was taken for the first`);
    if (second) this.around.tally.repeatedReports++;
  }

  /** @returns what was answered when the report was accepted */
  private async report(session: string, { streamId, text, done }: Listener): Promise<Told | undefined> {
    const told = await this.send(session, streamId, text);
    if (!told || [409, 503].includes(told.status)) return undefined;
    if (told.status !== 200) {
      this.around.tally.fault(`${streamId}: an honest report was answered ${told.status} ${told.body.code ?? ''}`);
      return undefined;
    }
    this.around.tally.reports++;
    if (done && told.body.content_match !== true)
      this.around.tally.fault(`${streamId}: the text that was read to its end is not the text that was kept`);
    return told;
  }

  /** An id that is invented or belongs to another session: it must be refused. */
  private async forge(session: string): Promise<void> {
    const foreign = [...this.around.known].filter(([, other]) => other !== session).map(([id]) => id);
    const isMadeUp = foreign.length === 0 || this.random.chance(0.5);
    const id = isMadeUp ? `stream-${Date.now()}-${randomUUID()}` : this.random.pick(foreign);
    const told = await this.send(session, id, 'I never said that.');
    if (!told || told.status === 503) return;
    if (told.status === 400 && told.body.code === 'stream_id_mismatch') this.around.tally.forgeriesRefused++;
    else this.around.tally.fault(`the forged id ${id} was answered ${told.status} ${told.body.code ?? ''}`);
  }

  private send(session: string, id: string, text: string): Promise<Told | undefined> {
    const body = { streaming_session_id: id, complete_response: text };
    return this.around.doors.call('POST', `/chat/sessions/${session}/update-stream`, {
      token: this.customer.token,
      body,
    });
  }
}
