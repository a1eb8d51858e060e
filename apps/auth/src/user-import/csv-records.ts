import type { Readable } from 'node:stream';
import { type CsvError, type Info, parse } from 'csv-parse';
import type { SourceRow } from './import-row.js';

const maxLength = 65_536;

/** The records of a CSV file (RFC 4180) whose first line names the columns, one after the other. */
export async function* csvRecords(input: Readable): AsyncIterable<SourceRow> {
  const skipped: SourceRow[] = [];
  const parser = parse({
    bom: true,
    columns: (names: string[]) => names.map((name) => name.trim().toLowerCase()),
    info: true,
    max_record_size: maxLength,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error: CsvError | undefined) => {
      skipped.push({ line: lineOf(error), values: undefined });
      return undefined;
    },
  });
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  for await (const { record, info } of parser as AsyncIterable<{ record: unknown; info: Info }>) {
    yield* skipped.splice(0);
    yield { line: info.lines, values: record };
  }
  yield* skipped;
}

const lineOf = (error: CsvError | undefined): number => Number((error as { lines?: number } | undefined)?.lines ?? 0);
