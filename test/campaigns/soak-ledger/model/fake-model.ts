import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { completionEvents } from '@parley/testing';
import { priceOf } from './price.js';
import { bytesPerToken, type Ending, planOf, questionIn, tokensFrom } from './said.js';

/** The truth about one generation, kept where no crash of a service can reach it. */
export interface Generation {
  /** The input tokens that the provider reports. */
  promptTokens: number;
  /** The same by chat's own estimate, which is used when the provider reports none. */
  estimatedPromptTokens: number;
  servedTokens: number;
  /** `stopped`: chat hung up before the model was done. */
  ending: 'open' | Ending | 'stopped';
}

/** What a provider adds to the conversation; it makes its count differ from an estimate. */
const templateTokens = 9;
const tokensPerMessage = 4;
const tokensPerCall = 3;

interface Completion {
  messages: { role: string; content: string }[];
  max_tokens: number;
}

/** An OpenAI-compatible server in the soak's own process: it alone knows what was really generated. */
export class FakeModel {
  readonly generations = new Map<number, Generation>();
  readonly faults: string[] = [];
  private readonly server: Server;

  private constructor(private readonly seed: number) {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(seed: number): Promise<FakeModel> {
    const model = new FakeModel(seed);
    await new Promise<void>((resolve) => model.server.listen(0, '127.0.0.1', resolve));
    return model;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  get isIdle(): boolean {
    return [...this.generations.values()].every(({ ending }) => ending !== 'open');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = (await readJson(request).catch(() => undefined)) as Completion | undefined;
    if (!asked || response.destroyed) return;
    const question = questionIn(asked.messages.at(-1)?.content ?? '');
    if (question === undefined) return this.refuse(response, 'the model was asked something that nobody asked');
    if (this.generations.has(question)) return this.refuse(response, `question ${question} was generated twice`);
    const generation = toGeneration(asked);
    this.generations.set(question, generation);
    response.once('close', () => {
      if (generation.ending === 'open') generation.ending = 'stopped';
    });
    await this.answer(question, asked.max_tokens, generation, response);
  }

  private refuse(response: ServerResponse, fault: string): void {
    this.faults.push(fault);
    response.writeHead(500).end();
  }

  private async answer(question: number, most: number, truth: Generation, response: ServerResponse): Promise<void> {
    const plan = planOf(this.seed, question);
    const tokens = Math.min(plan.tokens, most);
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.write(completionEvents.start());
    while (truth.servedTokens < tokens && !response.destroyed) {
      const step = Math.min(plan.tokensPerStep, tokens - truth.servedTokens);
      // Counted before it is sent: what chat has read must never be more than what was counted.
      const texts = tokensFrom(question, truth.servedTokens, step);
      truth.servedTokens += step;
      response.write(texts.map((text) => completionEvents.piece(text)).join(''));
      await delay(plan.stepMs);
    }
    if (response.destroyed) return;
    truth.ending = plan.ending;
    end(response, plan.ending, tokens < plan.tokens, truth);
  }
}

/** What the generation is worth, by the model's own count. */
export const worthOf = ({ ending, promptTokens, estimatedPromptTokens, servedTokens }: Generation): bigint =>
  priceOf(ending === 'usage' ? promptTokens : estimatedPromptTokens, servedTokens);

function end(response: ServerResponse, ending: Ending, isShortened: boolean, truth: Generation): void {
  const usage = { input_tokens: truth.promptTokens, output_tokens: truth.servedTokens };
  const reason = isShortened ? 'length' : 'stop';
  if (ending === 'cut') response.destroy();
  else if (ending === 'error') response.end(completionEvents.error('The engine of the soak has overheated.'));
  else response.end(completionEvents.end(reason, ending === 'usage' ? usage : undefined));
}

function toGeneration({ messages }: Completion): Generation {
  const estimated = messages.reduce(
    (sum, { content }) => sum + tokensPerMessage + Math.ceil(Buffer.byteLength(content) / bytesPerToken),
    tokensPerCall,
  );
  const promptTokens = estimated + templateTokens;
  return { promptTokens, estimatedPromptTokens: estimated, servedTokens: 0, ending: 'open' };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}
