import { badValue, MongoError } from '../errors/mongo-error.js';

/**
 * MongoDB speaks PCRE2, with its defaults: only \n ends a line, `$` also stands before a last \n, and \s is ASCII. Each part of a
 * pattern is written as JavaScript that means the same. What is not known here is refused: a filter that silently means
 * something else would be a wrong answer.
 */
export function translate(pattern: string, options: string): { source: string; flags: string } {
  if (pattern.includes('\0')) throw badValue('Regular expression cannot contain an embedded null byte');
  for (const option of options) if (!'imsxu'.includes(option)) throw invalidOption(option);
  const inline = /^\(\?([a-z]+)\)/.exec(pattern);
  const rest = inline ? pattern.slice(inline[0].length) : pattern;
  const set = new Set(options + (inline?.[1] ?? ''));
  for (const option of set) if (!'imsu'.includes(option)) throw unsupported(pattern);
  const source = new Translation(rest, set.has('m'), set.has('s')).run();
  return { source, flags: set.has('i') ? 'iu' : 'u' };
}

const invalidOption = (option: string) => new MongoError(51108, `invalid flag in regex options: ${option}`);
const unsupported = (pattern: string) =>
  new MongoError('CommandNotSupported', `the regular expression /${pattern}/ uses syntax that is not supported`);

const END = '(?=\\n?$)';
const SPACE = '\\t-\\r ';
/** Escapes that mean the same, or the same as something else, inside and outside of brackets. */
const ESCAPES: Readonly<Record<string, string>> = {
  d: '\\d', D: '\\D', w: '\\w', W: '\\W', n: '\\n', r: '\\r', t: '\\t', f: '\\f', e: '\\x1b', a: '\\x07',
}; // prettier-ignore
const ASSERTIONS: Readonly<Record<string, string>> = { b: '\\b', B: '\\B', A: '^', z: '$', Z: END };

class Translation {
  private at = 0;
  private out = '';

  constructor(
    private readonly pattern: string,
    private readonly multiline: boolean,
    private readonly dotAll: boolean,
  ) {}

  run(): string {
    while (this.at < this.pattern.length) this.out += this.next();
    return this.out;
  }

  /** The text that matches here, which is then behind us. */
  private take(what: RegExp): string | undefined {
    what.lastIndex = this.at;
    const found = what.exec(this.pattern)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  private next(): string {
    const quantifier = this.take(/(?:[*+?]|\{\d+(?:,\d*)?\})\??/y);
    if (quantifier !== undefined) return this.take(/\+/y) ? this.refuse() : quantifier;
    if (this.take(/\{,\d/y)) return this.refuse();
    const opening = this.take(/\((?:\?(?:[:=!]|<[A-Za-z_]\w*>))?/y);
    if (opening !== undefined) return /[?*]/y.test(this.pattern.charAt(this.at)) ? this.refuse() : opening;
    const character = this.character();
    if (character === '\\') return this.escape();
    if (character === '[') return this.brackets();
    if (character === '.') return this.dotAll ? '[^]' : '[^\\n]';
    if (character === '^') return this.multiline ? '(?:^|(?<=\\n)(?=[^]))' : '^';
    if (character === '$') return this.multiline ? '(?=\\n|$)' : END;
    return character === ')' || character === '|' ? character : literal(character);
  }

  private character(): string {
    return this.take(/[^]/uy) ?? this.invalid();
  }

  private escape(): string {
    const category = this.take(/[pP](?:[CLMNPSZ]|\{\^?[CLMNPSZ][a-z]?\})/y);
    if (category) return this.category(category);
    const code = this.take(/x[0-9a-fA-F]{2}/y);
    if (code) return `\\${code}`;
    const character = this.character();
    if (character === 's') return `[${SPACE}]`;
    if (character === 'S') return `[^${SPACE}]`;
    return this.plainEscape(character, { ...ESCAPES, ...ASSERTIONS });
  }

  private plainEscape(character: string, known: Readonly<Record<string, string>>): string {
    if (Object.hasOwn(known, character)) return known[character]!;
    return /[A-Za-z0-9]/.test(character) ? this.refuse() : literal(character);
  }

  private category(text: string): string {
    if (text.includes('^')) return this.refuse();
    return text.includes('{') ? `\\${text}` : `\\${text[0]}{${text[1]}}`;
  }

  /** A set of characters; a bracket that closes at once is one of them. */
  private brackets(): string {
    let set = this.take(/\^/y) ? '[^' : '[';
    for (let first = true; ; first = false) {
      const character = this.character();
      if (character === ']' && !first) return `${set}]`;
      set += this.member(character);
    }
  }

  private member(character: string): string {
    if (character === '[') return this.take(/[:.=]/y) ? this.refuse() : '\\[';
    if (character === '-') return '-';
    if (character !== '\\') return literal(character);
    const code = this.take(/x[0-9a-fA-F]{2}/y);
    if (code) return `\\${code}`;
    const category = this.take(/[pP](?:[CLMNPSZ]|\{\^?[CLMNPSZ][a-z]?\})/y);
    if (category) return this.category(category);
    const escaped = this.character();
    if (escaped === '-') return '\\-';
    return this.plainEscape(escaped, { ...ESCAPES, s: SPACE, b: '\\b' });
  }

  private refuse(): never {
    throw unsupported(this.pattern);
  }

  private invalid(): never {
    throw new MongoError(51091, 'Regular expression is invalid: it ends too early');
  }
}

const literal = (character: string): string => (/[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character);
