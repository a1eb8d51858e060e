import { pageQuery } from '@parley/platform';
import { z } from 'zod';
import type { AuditEntry } from '../audit/audit-entry.schema.js';

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

export const auditQuery = z.strictObject({
  from: time.optional().meta({ description: 'Entries from this time on' }),
  to: time.optional().meta({ description: 'Entries before this time' }),
  actor: z.string().min(1).max(100).optional().meta({ description: 'Who did it' }),
  type: z
    .string()
    .regex(/^[a-z_]{1,40}\.[a-z_]{1,40}$/)
    .optional()
    .meta({ description: 'One type, such as `user.suspended`' }),
  ...pageQuery,
});
export type AuditQuery = z.infer<typeof auditQuery>;

export const auditEntryDto = z
  .object({
    id: z.string(),
    type: z.string(),
    actor: z.string().nullable(),
    subject: z.string().nullable(),
    org_id: z.string().nullable(),
    ip_address: z.string().nullable(),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    at: z.iso.datetime(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntryDto = z.infer<typeof auditEntryDto>;

export const auditPage = z
  .object({ data: z.array(auditEntryDto), next_cursor: z.string().nullable() })
  .meta({ id: 'AuditPage' });
export type AuditPage = z.infer<typeof auditPage>;

/** @param reader a user who sees their own part only, or null for one who sees everything */
export function toAuditEntryDto({ _id, at, ...entry }: AuditEntry, reader: string | null): AuditEntryDto {
  // From where support or an administrator works is not for those whose account it is about.
  const isTheirs = reader === null || entry.actor === null || entry.actor === reader;
  const { type, actor, subject, org_id, facts } = entry;
  const ip_address = isTheirs ? entry.ip_address : null;
  return { id: _id, type, actor, subject, org_id, ip_address, facts: { ...facts }, at: at.toISOString() };
}
