import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type Command, CommandRefused, type Given } from './command.js';
import { csvRecords } from '../user-import/csv-records.js';
import type { SourceRow } from '../user-import/import-row.js';
import { jsonRecords } from '../user-import/json-records.js';
import { UserImport } from '../user-import/user-import.service.js';
import { UserImportModule } from '../user-import/user-import.module.js';

const usage = `Usage: users-import FILE [--format csv|json] [--dry-run] [--update] [--accept-sha256]
  FILE             CSV with a line of names, a JSON array or JSON Lines; - reads standard input, which needs --format
  --dry-run        says what would happen and writes nothing
  --update         brings names, and passwords that were not used here yet, of existing accounts up to date
  --accept-sha256  takes sha256$<salt>$<hex>, which is stored under Argon2id
Columns: email, username, first_name, last_name, email_verified, password_hash`;

/** `npm run users:import` */
export const usersImport: Command = {
  name: 'users-import',
  usage,
  options: {
    format: { type: 'string' },
    'dry-run': { type: 'boolean' },
    update: { type: 'boolean' },
    'accept-sha256': { type: 'boolean' },
  },
  imports: [UserImportModule],
  check: ({ format }, [file, ...more]) => {
    if (file === undefined || more.length > 0) throw new CommandRefused(`Name one file.\n${usage}`);
    formatOf(file, format);
  },
  run: importUsers,
};

async function importUsers({ app, options, positionals, stdin, print }: Given): Promise<number> {
  const [file] = positionals as [string];
  const rows = await open(file, options.format, stdin);
  const dryRun = options['dry-run'] === true;
  const reports = app.get(UserImport).run(rows, {
    dryRun,
    update: options.update === true,
    acceptSha256: options['accept-sha256'] === true,
  });
  let next = await reports.next();
  for (; !next.done; next = await reports.next()) {
    const { line, result, code } = next.value;
    if (code !== undefined) print(`line ${line}: ${result} ${code}`);
  }
  const { imported, updated, skipped, refused } = next.value;
  print(
    `${dryRun ? 'Would be imported' : 'Imported'}: ${imported}, updated: ${updated}, skipped: ${skipped}, refused: ${refused}`,
  );
  if (imported + updated + skipped + refused === 0) throw new CommandRefused('There is no record in it.');
  return refused === 0 ? 0 : 1;
}

async function open(file: string, given: unknown, stdin: Readable): Promise<AsyncIterable<SourceRow>> {
  const format = formatOf(file, given);
  if (file !== '-') await access(file).catch(() => Promise.reject(new CommandRefused(`${file} cannot be read.`)));
  const input: Readable = file === '-' ? stdin : createReadStream(file);
  return format === 'csv' ? csvRecords(input) : jsonRecords(input.setEncoding('utf8'));
}

/** @throws CommandRefused when neither the option nor the file's name tells */
function formatOf(file: string, given: unknown): 'csv' | 'json' {
  if (given === 'csv' || given === 'json') return given;
  if (given === undefined && /\.csv$/i.test(file)) return 'csv';
  if (given === undefined && /\.(json|jsonl|ndjson)$/i.test(file)) return 'json';
  throw new CommandRefused('Say --format csv or --format json.');
}
