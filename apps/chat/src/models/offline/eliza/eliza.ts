import { reflect } from './reflection.js';
import { emptyReplies, introduction, memoryReplies, owned, type Rule, rules } from './script.js';

/** Keywords stand early; reading more of a very long message would only cost time. */
const maxLineCharacters = 2_000;
const maxEchoCharacters = 120;

const byRank = [...rules].sort((one, other) => other.rank - one.rank);

const ruleFor = (line: string): Rule | undefined => byRank.find(({ pattern }) => pattern.test(line));

/**
 * ELIZA's manner (Weizenbaum, 1966): the highest keyword of the last line decides the reply, and what followed it comes back
 * with the pronouns turned. The same rule gives its next reply each time, counted in the conversation itself, so the same
 * conversation always gets the same answer.
 * @param said everything that the user has said, oldest first
 */
export function reply(said: readonly string[]): string {
  const lines = said.map((line) => line.slice(0, maxLineCharacters));
  const line = lines.at(-1) ?? '';
  const earlier = lines.slice(0, -1);
  const rule = ruleFor(line);
  const timesBefore = earlier.filter((each) => ruleFor(each) === rule).length;
  if (rule) return fill(pick(rule.replies, timesBefore), rule.pattern.exec(line)?.[1]);
  const topics = earlier.flatMap((each) => owned.exec(each)?.[1] ?? []);
  // Every other time, so that the memory does not become a habit.
  if (topics.length > 0 && timesBefore % 2 === 0) {
    const turn = timesBefore / 2;
    return fill(pick(memoryReplies, turn), pick(topics, turn));
  }
  return pick(emptyReplies, timesBefore);
}

/** The first answer of a conversation says who is talking. */
export const introduce = (answer: string): string => `${introduction} ${answer}`;

const pick = (choices: readonly string[], turn: number): string => choices[turn % choices.length] ?? '';

function fill(sentence: string, caught = ''): string {
  const words = caught.trim().replace(/\s+/g, ' ').slice(0, maxEchoCharacters).trim();
  return sentence.replace('$1', () => reflect(words));
}
