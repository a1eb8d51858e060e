import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { PermissionSource, type UserPrincipal } from '@parley/auth';
import { before, readTimeCursor, type TimeCursor, toTimeCursor } from '@parley/platform';
import type { Model, QueryFilter } from 'mongoose';
import { AUDIT_ENTRIES, type AuditEntry } from '../audit/audit-entry.schema.js';
import { type AuditEntryDto, type AuditPage, type AuditQuery, toAuditEntryDto } from './audit-trail.dto.js';
import { AuditTrailErrors } from './audit-trail.errors.js';

const newestFirst = { at: -1, _id: -1 } as const;

/** What was done, to read: all of it with `audit:read`, else what oneself did and what was done to one's own account. */
@Injectable()
export class AuditTrail {
  constructor(
    @InjectModel(AUDIT_ENTRIES) private readonly entries: Model<AuditEntry>,
    private readonly permissions: PermissionSource,
  ) {}

  /** Newest first. @throws DomainError `cursor_invalid` */
  async list(user: UserPrincipal, query: AuditQuery): Promise<AuditPage> {
    const reader = await this.readerOf(user);
    const found = await this.entries
      .find(toFilter(reader, query))
      .sort(newestFirst)
      .limit(query.limit + 1)
      .lean<AuditEntry[]>();
    const shown = found.slice(0, query.limit);
    const oldest = shown.at(-1);
    const next_cursor = found.length > query.limit && oldest ? toTimeCursor(oldest.at, oldest._id) : null;
    return { data: shown.map((entry) => toAuditEntryDto(entry, reader)), next_cursor };
  }

  /**
   * All of it, newest first, read as fast as it is taken. The first entry is read before this returns, so that a database which
   * is away is an error and not an export that breaks off.
   * @throws DomainError `cursor_invalid`
   */
  async export(user: UserPrincipal, query: AuditQuery): Promise<AsyncIterable<AuditEntryDto>> {
    const reader = await this.readerOf(user);
    const cursor = this.entries
      .find(toFilter(reader, query))
      .sort(newestFirst)
      .lean<AuditEntry[]>()
      .cursor({ batchSize: 500 });
    const first = await cursor.next();
    return (async function* () {
      try {
        for (let entry = first; entry; entry = await cursor.next()) {
          yield toAuditEntryDto(entry, reader);
        }
      } finally {
        await cursor.close();
      }
    })();
  }

  /** Rights of an organisation do not count: the log is the platform's. */
  private async readerOf(user: UserPrincipal): Promise<string | null> {
    const mayAll = user.orgId === null && (await this.permissions.allows(user, 'audit:read'));
    return mayAll ? null : user.userId;
  }
}

function toFilter(reader: string | null, { from, to, actor, type, cursor }: AuditQuery): QueryFilter<AuditEntry> {
  const after: TimeCursor | undefined = cursor === undefined ? undefined : readTimeCursor(cursor);
  if (cursor !== undefined && !after) throw AuditTrailErrors.cursorInvalid();
  return {
    $and: [
      reader === null ? {} : { $or: [{ subject: reader }, { actor: reader }] },
      from ? { at: { $gte: from } } : {},
      to ? { at: { $lt: to } } : {},
      actor === undefined ? {} : { actor },
      type === undefined ? {} : { type },
      before('at', after),
    ],
  };
}
