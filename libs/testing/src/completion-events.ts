export interface ScriptedUsage {
  input_tokens: number;
  output_tokens: number;
  /** The part of the input that the provider says it read from its cache. */
  cached_tokens?: number;
}

const head = { id: 'chatcmpl-scripted', object: 'chat.completion.chunk', created: 1_768_478_400, model: 'scripted-1' };

const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;

const chunk = (delta: Record<string, unknown>, finishReason: string | null): string =>
  event({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }] });

const counted = ({ input_tokens, output_tokens, cached_tokens }: ScriptedUsage) => ({
  prompt_tokens: input_tokens,
  completion_tokens: output_tokens,
  total_tokens: input_tokens + output_tokens,
  ...(cached_tokens === undefined ? {} : { prompt_tokens_details: { cached_tokens } }),
});

/** The bytes of a chat completion as OpenAI's API sends them. */
export const completionEvents = {
  start: (): string => chunk({ role: 'assistant', content: '' }, null),
  piece: (text: string): string => chunk({ content: text }, null),
  /** What servers of reasoning models send and nobody is shown. */
  thought: (text: string): string => chunk({ content: null, reasoning_content: text }, null),
  end: (finishReason: string, usage?: ScriptedUsage): string =>
    chunk({}, finishReason) +
    (usage ? event({ ...head, choices: [], usage: counted(usage) }) : '') +
    'data: [DONE]\n\n',
  error: (message: string): string => event({ error: { message, type: 'server_error', code: null } }),
  whole: (text: string, finishReason: string, usage: ScriptedUsage): string =>
    JSON.stringify({
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: finishReason }],
      usage: counted(usage),
    }),
};
