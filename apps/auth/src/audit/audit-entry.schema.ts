import { Schema } from 'mongoose';

/** Something that was done to accounts, sessions, keys or rights, and by whom. Never a token, a password or a mail's text. */
export interface AuditEntry {
  _id: string;
  /** `noun.past_participle`, such as `login_session.revoked`. */
  type: string;
  /** Who did it: a user id, `svc:` and a service, `cli` for whoever runs a command on the installation, or null for nobody known. */
  actor: string | null;
  /** The user whom it is about, if it is about one. */
  subject: string | null;
  org_id: string | null;
  ip_address: string | null;
  /** What else belongs to it: ids and plain words. */
  facts: Readonly<Record<string, string | number | boolean | null>>;
  at: Date;
}

export const AUDIT_ENTRIES = 'AuditEntry';

export const auditEntrySchema = new Schema<AuditEntry>(
  {
    _id: { type: String, required: true },
    type: { type: String, required: true },
    actor: { type: String, default: null },
    subject: { type: String, default: null },
    org_id: { type: String, default: null },
    ip_address: { type: String, default: null },
    facts: { type: Schema.Types.Mixed, required: true },
    at: { type: Date, required: true },
  },
  { collection: 'audit_entries', versionKey: false, minimize: false },
)
  // The list, newest first, whole or by one of the filters; and what is too old, from the other end.
  .index({ at: -1, _id: -1 })
  .index({ type: 1, at: -1, _id: -1 })
  .index({ actor: 1, at: -1, _id: -1 })
  .index({ subject: 1, at: -1, _id: -1 });
