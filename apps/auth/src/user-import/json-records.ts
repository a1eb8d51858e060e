import type { SourceRow } from './import-row.js';

/** A user is a few hundred characters. What is longer is no record, and is not kept in memory. */
const maxLength = 65_536;

/**
 * The objects of a JSON array, or of lines with one object each (JSON Lines, NDJSON), one after the other. It keeps
 * one object in memory at a time.
 */
export async function* jsonRecords(chunks: AsyncIterable<string>): AsyncIterable<SourceRow> {
  const scanner = new Scanner();
  for await (const chunk of chunks) {
    for (const character of chunk) {
      const row = scanner.take(character);
      if (row) yield row;
    }
  }
  if (scanner.isInside) yield { line: scanner.line, values: undefined };
}

/** Finds where each object of the outermost level begins and ends. Texts are skipped, because braces in them mean nothing. */
class Scanner {
  line = 1;
  private begun = 1;
  private depth = 0;
  private inText = false;
  private escaped = false;
  private text = '';

  get isInside(): boolean {
    return this.depth > 0;
  }

  take(character: string): SourceRow | undefined {
    if (character === '\n') this.line++;
    if (this.depth === 0) {
      if (character === '{') this.begin();
      return undefined;
    }
    if (this.text.length <= maxLength) this.text += character;
    if (this.inText) this.takeText(character);
    else if (character === '"') this.inText = true;
    else if (character === '{' || character === '[') this.depth++;
    else if (character === '}' || character === ']') this.depth--;
    return this.depth === 0 ? { line: this.begun, values: parse(this.text) } : undefined;
  }

  private begin(): void {
    this.depth = 1;
    this.begun = this.line;
    this.text = '{';
  }

  private takeText(character: string): void {
    if (this.escaped) this.escaped = false;
    else if (character === '\\') this.escaped = true;
    // A text does not go over the end of a line: the next record is then read as one.
    else if (character === '"') this.inText = false;
    else if (character === '\n') {
      this.inText = false;
      this.depth = 0;
    }
  }
}

function parse(text: string): unknown {
  if (text.length > maxLength) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
