import type { IncomingHttpHeaders } from 'node:http';
import type { OpenAiServer } from './openai-server.js';

const maxTokensName = 'max_tokens';
const otherName = 'max_completion_tokens';
/** Where providers say under which id they keep a request: OpenAI and most others, Anthropic. */
const requestIdHeaders = ['x-request-id', 'request-id'];

interface ErrorFacts {
  code?: unknown;
  type?: unknown;
  param?: unknown;
  message?: unknown;
}

/** A provider's answer with a status that is not 200, as it goes to the log. */
export class Refusal extends Error {
  private constructor(
    message: string,
    /** It wants the limit of the answer as `max_completion_tokens`, as OpenAI's newest models do. */
    readonly wantsOtherLimitName: boolean,
  ) {
    super(message);
  }

  static read(server: OpenAiServer, status: number, headers: IncomingHttpHeaders, words: string): Refusal {
    const requestId = requestIdHeaders.map((name) => server.token(headers[name])).find((id) => id !== undefined);
    const facts = [describeError(server, words), ...(requestId === undefined ? [] : [`request id ${requestId}`])];
    return new Refusal(`HTTP ${status}: ${facts.join(', ')}`, status === 400 && namesOtherLimit(words));
  }
}

/**
 * What a provider's error may say in a log: its code, type and parameter where they are short names, and how long it was.
 * Never its words, because some quote the prompt.
 */
export function describeError(server: OpenAiServer, words: string): string {
  const { code, type, param } = readError(words);
  const names = Object.entries({ code, type, param }).map(([name, value]) => [name, server.token(value)] as const);
  const known = names.filter(([, value]) => value !== undefined).map(([name, value]) => `${name} ${value}`);
  return [...known, `${words.length} characters`].join(', ');
}

/** OpenAI says it with `param` and `code`; servers that pass its answers on sometimes keep no more than the sentence. */
function namesOtherLimit(words: string): boolean {
  const { param, code, message } = readError(words);
  if (code === 'unsupported_parameter' && param === maxTokensName) return true;
  return typeof message === 'string' && message.includes(`'${maxTokensName}'`) && message.includes(otherName);
}

/** The object under `error`, or, as vLLM sends it, the whole. */
function readError(words: string): ErrorFacts {
  try {
    const body = JSON.parse(words) as ({ error?: ErrorFacts | null } & ErrorFacts) | null;
    return body?.error ?? body ?? {};
  } catch {
    return {};
  }
}
