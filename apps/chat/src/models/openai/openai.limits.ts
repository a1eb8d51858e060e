/** How far a provider is trusted. Tests make the limits smaller. */
export interface OpenAiLimits {
  connectMs: number;
  firstTokenMs: number;
  silenceMs: number;
  modelsMs: number;
  maxAnswerCharacters: number;
  maxLineBytes: number;
}

export const openAiLimits: OpenAiLimits = {
  /** A server that is there accepts within a round trip; five seconds leave room for TLS on a bad line. */
  connectMs: 5_000,
  /** A local server may have to load the model from disk before its first token. */
  firstTokenMs: 60_000,
  /** A model that has begun and says nothing for a minute has hung. Reasoning that is not shown counts as a sign of life. */
  silenceMs: 60_000,
  /** The list stands in the way of a request that shows it. */
  modelsMs: 5_000,
  /** Ten times what the longest answers have; a model that goes on past it is stuck in a loop. */
  maxAnswerCharacters: 1_000_000,
  /** A chunk carries a few tokens; a line of a megabyte is not a chunk. */
  maxLineBytes: 1_048_576,
};
