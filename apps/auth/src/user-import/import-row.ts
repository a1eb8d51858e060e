import { z } from 'zod';
import { isRefusal, type HashRefusal } from '../foreign-hashes/foreign-hash.js';
import { readForeignHash } from '../foreign-hashes/foreign-hashes.js';
import { readSha256 } from '../foreign-hashes/sha256.js';
import { emailAddress, username } from '../users/names.js';

/** One record of a file, with the line at which it stands (of a record of several lines, one of them). */
export interface SourceRow {
  line: number;
  /** Undefined when the record cannot be read at all. */
  values: unknown;
}

const flag = z
  .union([z.boolean(), z.enum(['true', 'false', '1', '0', 'yes', 'no', ''])])
  .transform((value) => [true, 'true', '1', 'yes'].includes(value));
const name = z.string().trim().max(255);
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional());

/** What a record says. An empty value counts as none. */
const columns = z.strictObject({
  email: emailAddress,
  username: optional(username),
  first_name: name.default(''),
  last_name: name.default(''),
  email_verified: flag.default(false),
  password_hash: optional(z.string().max(1_024)),
});

/** Why a record is not imported. */
export type RowRefusal =
  | HashRefusal
  | 'row_malformed'
  | 'column_unknown'
  | 'email_invalid'
  | 'username_invalid'
  | 'value_invalid'
  | 'hash_too_fast';

export interface ImportRow {
  line: number;
  email: string;
  username: string | undefined;
  first_name: string;
  last_name: string;
  email_verified: boolean;
  /** As it is to be stored, unless it is a SHA-256. */
  password_hash: string | undefined;
  sha256: { salt: string; digest: string } | undefined;
}

/** Reads one record, without any database. */
export function readRow(
  { line, values }: SourceRow,
  { acceptSha256 }: { acceptSha256: boolean },
): ImportRow | RowRefusal {
  if (values === undefined || typeof values !== 'object' || Array.isArray(values)) return 'row_malformed';
  const parsed = columns.safeParse(values);
  if (!parsed.success) return refusalOf(parsed.error.issues[0]!);
  const { username: given, password_hash: hash, ...rest } = parsed.data;
  const row = { line, ...rest, username: given, password_hash: hash, sha256: undefined };
  if (hash === undefined) return row;
  const sha256 = readSha256(hash);
  if (sha256) return acceptSha256 ? { ...row, password_hash: undefined, sha256 } : 'hash_too_fast';
  const foreign = readForeignHash(hash);
  return isRefusal(foreign) ? foreign : row;
}

function refusalOf({ code, path }: z.core.$ZodIssue): RowRefusal {
  if (code === 'unrecognized_keys') return 'column_unknown';
  if (path[0] === 'email') return 'email_invalid';
  return path[0] === 'username' ? 'username_invalid' : 'value_invalid';
}
