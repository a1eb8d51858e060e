import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { Clock, inTransaction, isDuplicateKey, newId } from '@parley/platform';
import type { Connection, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { wrapSha256 } from '../foreign-hashes/sha256.js';
import { PersonalOrganizations } from '../memberships/personal-organizations.js';
import { PasswordHashes } from '../passwords/password-hashes.js';
import { type User, USERS } from '../users/user.schema.js';
import { usernameFor } from '../users/username-for.js';
import { type ImportRow, readRow, type RowRefusal, type SourceRow } from './import-row.js';
import { SeenAddresses } from './seen-addresses.js';

export interface ImportOptions {
  /** Reports what would happen and writes nothing. */
  dryRun?: boolean;
  /** Brings names, and hashes that nobody has signed in with yet, of existing accounts up to date. */
  update?: boolean;
  /** Takes single SHA-256 digests, salted or not, which are stored under Argon2id. */
  acceptSha256?: boolean;
}

export type RowResult = 'imported' | 'updated' | 'skipped' | 'refused';

export interface RowReport {
  line: number;
  result: RowResult;
  /** Why it was skipped or refused. */
  code?: RowRefusal | 'email_taken' | 'username_taken' | 'duplicate_in_file';
}

export type ImportCounts = Record<RowResult, number>;

const attempts = 5;

/** Takes over the users of another system, with the hashes of their passwords. Repeating it changes nothing. */
@Injectable()
export class UserImport {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly personal: PersonalOrganizations,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** One report for each record, in their order. Records are taken one at a time: how many there are does not matter to the memory. */
  async *run(rows: AsyncIterable<SourceRow>, options: ImportOptions = {}): AsyncGenerator<RowReport, ImportCounts> {
    const seen = new SeenAddresses();
    const counts: ImportCounts = { imported: 0, updated: 0, skipped: 0, refused: 0 };
    try {
      for await (const source of rows) {
        const report = { line: source.line, ...(await this.take(source, seen, options)) };
        counts[report.result]++;
        yield report;
      }
    } finally {
      // Also when it breaks off: what was written stays written.
      if (!options.dryRun) await this.audit.record({ type: 'users.imported', actor: 'cli', facts: { ...counts } });
    }
    return counts;
  }

  private async take(source: SourceRow, seen: SeenAddresses, options: ImportOptions): Promise<Omit<RowReport, 'line'>> {
    const row = readRow(source, { acceptSha256: options.acceptSha256 ?? false });
    if (typeof row === 'string') return { result: 'refused', code: row };
    if (!seen.add(row.email)) return { result: 'skipped', code: 'duplicate_in_file' };
    const existing = await this.users.findOne({ email: row.email }).lean<User>();
    if (existing) return this.meet(existing, row, options);
    const isTaken = row.username !== undefined && (await this.users.exists({ username: row.username })) !== null;
    if (isTaken) return { result: 'refused', code: 'username_taken' };
    return options.dryRun ? { result: 'imported' } : this.insert(row);
  }

  private async insert(row: ImportRow): Promise<Omit<RowReport, 'line'>> {
    const now = this.clock.date();
    const { email, first_name, last_name, email_verified } = row;
    const rest = { email, first_name, last_name, email_verified, password_hash: await hashOf(row) };
    for (let attempt = 0; attempt < attempts; attempt++) {
      const username = row.username ?? usernameFor(email, attempt);
      const user: User = {
        ...{ _id: newId('usr'), username, ...rest, status: 'active', platform_role: 'user', demo: false },
        ...{ created_at: now, updated_at: now },
      };
      try {
        await inTransaction(this.connection, async (session) => {
          await this.users.create([user], { session });
          await this.personal.foundFor(user._id, session);
        });
        return { result: 'imported' };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // Somebody has just signed up with the address, or the name is taken.
        if (await this.users.exists({ email })) return { result: 'skipped', code: 'email_taken' };
        if (row.username !== undefined) break;
      }
    }
    return { result: 'refused', code: 'username_taken' };
  }

  private async meet(user: User, row: ImportRow, { update, dryRun }: ImportOptions): Promise<Omit<RowReport, 'line'>> {
    if (!update) return { result: 'skipped', code: 'email_taken' };
    const hash = await this.newHash(user, row);
    const change = {
      first_name: row.first_name || user.first_name,
      last_name: row.last_name || user.last_name,
      email_verified: user.email_verified || row.email_verified,
      ...(hash === undefined ? {} : { password_hash: hash }),
    };
    const isSame = Object.entries(change).every(([field, value]) => user[field as keyof User] === value);
    if (isSame) return { result: 'skipped', code: 'email_taken' };
    if (dryRun) return { result: 'updated' };
    const { _id, password_hash } = user;
    const { matchedCount } = await this.users.updateOne(
      { _id, password_hash },
      { $set: { ...change, updated_at: this.clock.date() } },
    );
    return matchedCount === 1 ? { result: 'updated' } : { result: 'skipped', code: 'email_taken' };
  }

  /** A hash of ours was made from a password that its owner has typed here: it is newer than anything in a file. */
  private async newHash(user: User, row: ImportRow): Promise<string | undefined> {
    if (PasswordHashes.isCurrent(user.password_hash)) return undefined;
    if (row.sha256) return user.password_hash.startsWith('$argon2-sha256$') ? undefined : hashOf(row);
    return row.password_hash;
  }
}

async function hashOf({ password_hash, sha256 }: ImportRow): Promise<string> {
  if (sha256) return wrapSha256(sha256, (text) => PasswordHashes.hash(text));
  return password_hash ?? (nobodys ??= await PasswordHashes.hash(randomBytes(32).toString('base64url')));
}

/** For those without a hash in the file: nobody knows the password, and its owner sets one by a reset. */
let nobodys: string | undefined;
