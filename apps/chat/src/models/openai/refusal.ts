const maxTokensName = 'max_tokens';
const otherName = 'max_completion_tokens';

interface ErrorBody {
  error?: { param?: unknown; code?: unknown; message?: unknown } | null;
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

  /** @param quote the words as they may be shown in a log */
  static read(status: number, words: string, quote: string): Refusal {
    return new Refusal(`HTTP ${status}: ${quote}`, status === 400 && namesOtherLimit(words));
  }
}

/** OpenAI says it with `param` and `code`; servers that pass its answers on sometimes keep no more than the sentence. */
function namesOtherLimit(words: string): boolean {
  try {
    const { param, code, message } = (JSON.parse(words) as ErrorBody | null)?.error ?? {};
    if (code === 'unsupported_parameter' && param === maxTokensName) return true;
    return typeof message === 'string' && message.includes(`'${maxTokensName}'`) && message.includes(otherName);
  } catch {
    return false;
  }
}
