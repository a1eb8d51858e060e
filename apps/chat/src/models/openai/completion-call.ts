import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { CompletionReader, ProviderError } from './completion-reader.js';
import type { GenerationRequest, ModelError, ModelOutcome, OnText } from '../provider/model-provider.js';
import { ModelErrors } from '../provider/models.errors.js';
import type { OpenAiLimits } from './openai.limits.js';
import { type OpenAiServer, withoutData } from './openai-server.js';
import { describeError, Refusal } from './refusal.js';
import { SseParser } from './sse-parser.js';
import { Watchdog } from './watchdog.js';

type Mode = 'waiting' | 'events' | 'document' | 'refusal';

/** Of a refusal only its code is wanted. */
const maxRefusalBytes = 4_096;
/** What JSON may make of one character (`\uD83D\uDE00`), and the frame around the text. */
const documentBytes = (characters: number): number => characters * 12 + 65_536;

/**
 * One chat completion on undici's lowest layer: no stream objects and no promises for a chunk. It settles once, and after
 * that whatever still comes from the server ends the connection. While the caller is busy with a piece, nothing is read on.
 */
export class CompletionCall implements Dispatcher.DispatchHandler {
  readonly outcome: Promise<ModelOutcome>;
  private readonly reader: CompletionReader;
  private readonly events: SseParser;
  private mode: Mode = 'waiting';
  private status = 0;
  private headers: IncomingHttpHeaders = {};
  private body: Buffer[] = [];
  private bodyBytes = 0;
  private characters = 0;
  private controller: Dispatcher.DispatchController | undefined;
  private readonly watchdog: Watchdog;
  private isOver = false;
  private isPausable = false;
  /** The piece that the caller is still busy with. */
  private delivering: Promise<void> | undefined;
  /** How it ends once the caller has all that came before the end. */
  private atEnd: (() => void) | undefined;
  private resolve!: (outcome: ModelOutcome) => void;
  private reject!: (reason: unknown) => void;

  constructor(
    private readonly server: OpenAiServer,
    private readonly limits: OpenAiLimits,
    private readonly request: Pick<GenerationRequest, 'signal' | 'onSent'>,
    private readonly onText: OnText,
  ) {
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.reader = new CompletionReader((text, isHidden) => this.receive(text, isHidden));
    this.events = new SseParser(limits.maxLineBytes, (data) => this.read(data));
    this.watchdog = new Watchdog(limits.firstTokenMs, limits.silenceMs, (ms) => this.giveUp(ms));
    request.signal.addEventListener('abort', this.onAbort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.isOver) this.hangUp();
    else this.request.onSent?.();
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
    const type = (headers['content-type'] ?? '').toLowerCase();
    const encoding = headers['content-encoding'] ?? 'identity';
    this.isPausable = isPausable(headers);
    if (status !== 200) this.mode = 'refusal';
    else if (encoding !== 'identity') this.failOn('content-encoding', encoding);
    else if (type.startsWith('text/event-stream')) this.mode = 'events';
    else if (type.startsWith('application/json')) this.mode = 'document';
    else this.failOn('content-type', type.split(';', 1)[0]);
  }

  onResponseData(_: Dispatcher.DispatchController, packet: Buffer): void {
    if (this.isOver) return this.hangUp();
    if (this.mode === 'events') this.feed(packet);
    else if (this.mode === 'refusal') this.keep(packet, maxRefusalBytes, () => this.refuse());
    else if (this.mode === 'document')
      this.keep(packet, documentBytes(this.limits.maxAnswerCharacters), () => this.fail(ModelErrors.tooLong()));
  }

  onResponseEnd(): void {
    this.watchdog.stop();
    if (this.isOver) return;
    if (this.mode === 'refusal') return this.refuse();
    if (this.mode === 'document') this.read(Buffer.concat(this.body).toString('utf8'));
    this.whenDelivered(() => this.finish(ModelErrors.cutOff()));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.watchdog.stop();
    if (this.isOver) return;
    if (this.mode === 'refusal') return this.refuse();
    const cause = withoutData(error);
    // Some servers close the connection as the end of the stream; what counts is that the model said it had finished.
    if (this.mode === 'events') return this.whenDelivered(() => this.finish(ModelErrors.cutOff(cause)));
    const isTimeout = 'code' in error && error.code === 'UND_ERR_CONNECT_TIMEOUT';
    this.fail(isTimeout ? ModelErrors.timeout(cause) : ModelErrors.unreachable(cause));
  }

  private feed(packet: Buffer): void {
    try {
      this.events.feed(packet);
    } catch (error) {
      this.fail(ModelErrors.unreadable(error));
    }
  }

  /** The data of one event, or a whole document. */
  private read(data: string): void {
    if (this.isOver) return;
    if (this.mode === 'events') this.watchdog.signOfLife();
    try {
      this.reader.read(data);
    } catch (error) {
      if (error instanceof ProviderError) this.fail(ModelErrors.failed(new Error(describeError(this.server, data))));
      else this.fail(ModelErrors.unreadable(new Error(`not a chunk: ${data.length} characters`)));
    }
    if (this.reader.isDone) this.finish(ModelErrors.cutOff());
  }

  private receive(text: string, isHidden: boolean): void {
    this.characters += text.length;
    if (this.characters > this.limits.maxAnswerCharacters) this.fail(ModelErrors.tooLong());
    else this.waitFor(this.deliver(text, isHidden));
  }

  /** One event may have both a thought and a text: the caller gets one at a time. */
  private deliver(text: string, isHidden: boolean): Promise<void> | undefined {
    if (!this.delivering) return this.onText(text, isHidden);
    return this.delivering.then(() => (this.isOver ? undefined : this.onText(text, isHidden)));
  }

  /** The server is not read on, and what has already come stays where it is, until the caller has dealt with this piece. */
  private waitFor(delivered: Promise<void> | undefined): void {
    if (!delivered) return;
    this.delivering = delivered;
    this.events.pause();
    this.watchdog.pause();
    if (this.isPausable) this.controller?.pause();
    delivered.then(
      () => this.delivering === delivered && this.goOn(),
      (error: unknown) => this.fail(ModelErrors.failed(error)),
    );
  }

  private goOn(): void {
    this.delivering = undefined;
    if (this.isOver) return;
    this.watchdog.resume();
    try {
      this.events.resume();
    } catch (error) {
      return this.fail(ModelErrors.unreadable(error));
    }
    if (this.delivering) return;
    if (!this.atEnd) return this.controller?.resume();
    this.watchdog.stop();
    this.atEnd();
  }

  private whenDelivered(end: () => void): void {
    if (this.delivering) this.atEnd = end;
    else end();
  }

  private keep(packet: Buffer, maxBytes: number, whenTooMuch: () => void): void {
    this.body.push(packet);
    this.bodyBytes += packet.length;
    if (this.bodyBytes > maxBytes) whenTooMuch();
  }

  private refuse(): void {
    const words = Buffer.concat(this.body).toString('utf8');
    this.fail(ModelErrors.refused(Refusal.read(this.server, this.status, this.headers, words)));
  }

  private failOn(header: string, value: string | undefined): void {
    this.fail(ModelErrors.unreadable(new Error(`${header} ${this.server.token(value) ?? 'of some other form'}`)));
  }

  private finish(otherwise: ModelError): void {
    const { outcome } = this.reader;
    if (!outcome) return this.fail(otherwise);
    if (this.end()) this.resolve(outcome);
  }

  private fail(reason: ModelError): void {
    if (!this.end()) return;
    this.hangUp();
    this.reject(reason);
  }

  private readonly onAbort = (): void => {
    if (!this.end()) return;
    this.hangUp();
    this.reject(this.request.signal.reason);
  };

  private end(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.request.signal.removeEventListener('abort', this.onAbort);
    return true;
  }

  private hangUp(): void {
    this.watchdog.stop();
    this.controller?.abort(new Error('the call is over'));
  }

  /** A model that said it had finished owes us nothing but its count. */
  private giveUp(ms: number): void {
    this.finish(ModelErrors.timeout(new Error(`no token for ${ms} ms`)));
    this.hangUp();
  }
}

/**
 * undici 7 dies of an assertion when a connection that was to be closed after the answer breaks while it is paused
 * (nodejs/undici#5360); from such a one what comes is kept by the parser instead, up to its bound.
 */
const isPausable = (headers: IncomingHttpHeaders): boolean =>
  /\bchunked\b/i.test(headers['transfer-encoding'] ?? '') && !/\bclose\b/i.test(headers.connection ?? '');
