import { createContext, Script } from 'node:vm';
import { MongoError } from '../errors/mongo-error.js';
import { translate } from './regex-syntax.js';

/** What one search may take; MongoDB limits the steps of a search instead, and ends it with the same error. */
const LIMIT_MS = 500;
/** A search that could take more steps than this is watched. Watching costs more than most searches do. */
const UNWATCHED_STEPS = 1e8;

/** A regular expression with MongoDB's meaning. */
export class Regex {
  private readonly regex: RegExp;
  private readonly open: number;
  private readonly nested: boolean;

  constructor(pattern: string, options: string) {
    const { source, flags } = translate(pattern, options);
    try {
      this.regex = new RegExp(source, flags);
    } catch (error) {
      throw new MongoError(51091, `Regular expression is invalid: ${(error as Error).message}`);
    }
    this.open = source.match(/[*+]|,\}/g)?.length ?? 0;
    this.nested = /\)[*+{]/.test(source);
  }

  test(text: string): boolean {
    return this.watched(text, () => this.regex.test(text));
  }

  all(text: string): RegExpMatchArray[] {
    const global = new RegExp(this.regex.source, `${this.regex.flags}g`);
    return this.watched(text, () => [...text.matchAll(global)]);
  }

  private watched<T>(text: string, search: () => T): T {
    if (this.open === 0 || (!this.nested && text.length ** (this.open + 1) < UNWATCHED_STEPS)) return search();
    try {
      return SEARCH.runInContext(createContext({ search }), { timeout: LIMIT_MS }) as T;
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      throw new MongoError(51156, 'Error occurred while executing the regular expression: it takes too many steps');
    }
  }
}

const SEARCH = new Script('search()');

export const toRegExp = (pattern: string, options: string): Regex => new Regex(pattern, options);
