import { Random } from '../../soak-db/random.js';

/** The size of a token in chat's own estimate. */
export const bytesPerToken = 4;

/** The model's answer to a question is known beforehand, word for word: no other text may ever appear. */
export const tokenAt = (question: number, index: number): string => {
  const mixed = Math.imul(question * 2_654_435_761 + index * 40_503, 2_246_822_519) >>> 0;
  return `${(mixed % 46_656).toString(36).padStart(3, '0')} `;
};

export const tokensFrom = (question: number, from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => tokenAt(question, from + i));

/** The text of a question begins with its number, where the model reads it. */
export const questionText = (question: number, words: number): string =>
  `#${question}#${' why is that so?'.repeat(words)}`;

export const questionIn = (text: string): number | undefined => {
  const found = /^#(\d+)#/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

/** `usage` and `silent` are whole answers, with and without the provider's count; the others break in the middle. */
export type Ending = 'usage' | 'silent' | 'error' | 'cut';

export interface Plan {
  /** How long the answer is meant to be, and where it breaks off if it does. */
  tokens: number;
  ending: Ending;
  tokensPerStep: number;
  stepMs: number;
}

const longest = 3_000;
const longestSlow = 500;

/** How the model answers a question: the same for the same seed. */
export function planOf(seed: number, question: number): Plan {
  const random = new Random(Math.imul(seed + 1, 65_537) + question * 7_919);
  const kind = random.next();
  const isSlow = random.chance(0.2);
  const most = kind < 0.3 ? 20 : kind < 0.65 ? 400 : longest;
  const tokens = 1 + random.below(isSlow ? Math.min(most, longestSlow) : most);
  const ending = endingFor(random.next());
  const isBroken = ending === 'error' || ending === 'cut';
  return {
    tokens: isBroken ? random.below(tokens + 1) : tokens,
    ending,
    ...(isSlow
      ? { tokensPerStep: 2 + random.below(8), stepMs: 40 }
      : { tokensPerStep: 5 + random.below(40), stepMs: 15 }),
  };
}

function endingFor(share: number): Ending {
  if (share < 0.72) return 'usage';
  if (share < 0.8) return 'silent';
  return share < 0.9 ? 'error' : 'cut';
}
