import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { completionEvents, type ScriptedUsage } from './completion-events.js';

/** A point in a script where the model waits until the test lets it continue. */
export class Gate {
  private open!: () => void;
  private arrive!: () => void;
  private readonly opened = new Promise<void>((resolve) => (this.open = resolve));
  /** Settles when the model has reached it, so everything before it has been sent. */
  readonly reached = new Promise<void>((resolve) => (this.arrive = resolve));

  release(): void {
    this.open();
  }

  pass(): Promise<void> {
    this.arrive();
    return this.opened;
  }
}

export const newGate = (): Gate => new Gate();

/** What is sent for one answer: each text and each thought in an event of its own, with gates between them. */
export type ScriptedPieces = readonly (string | { thought: string } | Gate)[];

/** A request for a chat completion, as the model received it. */
export interface ScriptedRequest {
  headers: IncomingHttpHeaders;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

type Behaviour = (request: ScriptedRequest, response: ServerResponse) => Promise<void> | void;

interface AnswerOptions {
  /** null: the provider says nothing about usage. Default: one token for each word asked and each piece answered. */
  usage?: ScriptedUsage | null;
  finishReason?: string;
}

/**
 * An OpenAI-compatible server whose answers a test scripts beforehand, one per request, in order. Without a script
 * it answers "You said: <last user message>". Gates let a test decide the order of things, so that nothing has to sleep.
 */
export class ScriptedModel {
  /** What GET /models lists. */
  models: Record<string, unknown>[] = [{ id: 'scripted-1', object: 'model' }];
  /** While set, every answer is 503. */
  down = false;
  /** Chat completions asked for, in order. */
  requests: ScriptedRequest[] = [];
  /** Completions that the caller broke off. */
  aborted = 0;
  /** Completions sent to their end. */
  finished = 0;
  modelListRequests = 0;
  private readonly script: Behaviour[] = [];
  private everyFurther: Behaviour | undefined;
  private readonly cut = new WeakSet<ServerResponse>();
  private waiting: { met: () => boolean; resolve: () => void }[] = [];
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(): Promise<ScriptedModel> {
    const model = new ScriptedModel();
    await new Promise<void>((resolve) => model.server.listen(0, '127.0.0.1', resolve));
    return model;
  }

  /** What goes into OPENAI_BASE_URL. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The next request gets these pieces. */
  answers(pieces: ScriptedPieces, options: AnswerOptions = {}): void {
    this.script.push(async (request, response) => {
      await this.send(pieces, response);
      const texts = pieces.filter((piece) => typeof piece === 'string');
      const usage = options.usage === undefined ? countUsage(request, texts) : (options.usage ?? undefined);
      if (!response.destroyed) response.end(completionEvents.end(options.finishReason ?? 'stop', usage));
    });
  }

  /** The next request gets one JSON document, as from a server that cannot stream. */
  answersWhole(text: string, finishReason = 'stop'): void {
    this.script.push((request, response) => {
      const document = completionEvents.whole(text, finishReason, countUsage(request, [text]));
      response.writeHead(200, { 'content-type': 'application/json' }).end(document);
    });
  }

  /** Every further request gets as much as it allows, a `word` for each token: piece by piece, or as one document. */
  answersToTheLimit(isWhole: boolean): void {
    this.everyFurther = async (request, response) => {
      const { max_tokens: limit } = request.body as { max_tokens: number };
      const words = Array<string>(limit).fill('word');
      const usage = { ...countUsage(request, words), output_tokens: limit };
      const document = completionEvents.whole(words.join(''), 'length', usage);
      if (isWhole) return void response.writeHead(200, { 'content-type': 'application/json' }).end(document);
      await this.send(words, response);
      if (!response.destroyed) response.end(completionEvents.end('length', usage));
    };
  }

  /** The next request is refused with a status and a body. */
  refuses(status: number, body = '{"error":{"message":"no"}}', headers: Record<string, string> = {}): void {
    this.script.push((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    });
  }

  /** The next request gets these pieces, and then the connection is cut. */
  breaks(pieces: ScriptedPieces = []): void {
    this.script.push(async (_, response) => {
      await this.send(pieces, response);
      this.cut.add(response);
      response.destroy();
    });
  }

  /** The next request gets these pieces, and then an error event. */
  fails(pieces: ScriptedPieces = [], message = 'The engine has overheated.'): void {
    this.script.push(async (_, response) => {
      await this.send(pieces, response);
      response.end(completionEvents.error(message));
    });
  }

  /** The next request gets these pieces, and then nothing more until it is broken off. */
  hangs(pieces: ScriptedPieces = []): void {
    this.script.push((_, response) => this.send(pieces, response));
  }

  /** The next request gets no answer at all, not even a status. */
  ignores(): void {
    this.script.push(() => undefined);
  }

  /** Settles when this many completions have been requested since the start. */
  async untilRequested(count: number): Promise<ScriptedRequest[]> {
    await this.until(() => this.requests.length >= count);
    return this.requests;
  }

  untilAborted = (count = 1) => this.until(() => this.aborted >= count);
  untilFinished = (count = 1) => this.until(() => this.finished >= count);

  private until(met: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push({ met, resolve });
      this.wake();
    });
  }

  private wake(): void {
    this.waiting = this.waiting.filter(({ met, resolve }) => {
      if (met()) resolve();
      return !met();
    });
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.down) return void response.writeHead(503).end();
    if (incoming.url?.endsWith('/models')) return this.list(response);
    const request = { headers: incoming.headers, body: await readJson(incoming) };
    response.on('close', () => {
      if (response.writableFinished) this.finished += 1;
      else if (!this.cut.has(response)) this.aborted += 1;
      this.wake();
    });
    this.requests.push(request);
    if (this.script.length === 0 && !this.everyFurther) this.answers(echo(request));
    const behaviour = this.script.shift() ?? this.everyFurther;
    this.wake();
    await behaviour?.(request, response);
  }

  private list(response: ServerResponse): void {
    this.modelListRequests += 1;
    const body = JSON.stringify({ object: 'list', data: this.models });
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  }

  private async send(pieces: ScriptedPieces, response: ServerResponse): Promise<void> {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    await write(response, completionEvents.start());
    for (const piece of pieces) {
      if (typeof piece === 'string') await write(response, completionEvents.piece(piece));
      else if (piece instanceof Gate) await piece.pass();
      else await write(response, completionEvents.thought(piece.thought));
    }
  }
}

/** Settles when the operating system has the bytes, or the reader is gone. */
const write = (response: ServerResponse, bytes: string): Promise<void> =>
  new Promise((resolve) => (response.destroyed ? resolve() : void response.write(bytes, () => resolve())));

function echo({ body }: ScriptedRequest): string[] {
  const messages = ((body as { messages?: unknown }).messages ?? []) as { role: string; content: string }[];
  const said = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  return `You said: ${said}`.match(/\S+\s*|\s+/g) ?? [];
}

function countUsage({ body }: ScriptedRequest, texts: readonly string[]): ScriptedUsage {
  const messages = ((body as { messages?: unknown }).messages ?? []) as { content: string }[];
  const words = messages.flatMap(({ content }) => content.match(/\S+/g) ?? []);
  return { input_tokens: words.length, output_tokens: texts.length };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}
