import { Schema } from 'mongoose';

/** A permission that one organisation has added for programs of its own. It is seen and given in that organisation alone. */
export interface PermissionEntry {
  _id: string;
  org_id: string;
  resource: string;
  action: string;
  description: string;
  created_at: Date;
}

export const PERMISSION_ENTRIES = 'PermissionEntry';

export const permissionEntrySchema = new Schema<PermissionEntry>(
  {
    _id: { type: String, required: true },
    org_id: { type: String, required: true },
    resource: { type: String, required: true },
    action: { type: String, required: true },
    description: { type: String, default: '' },
    created_at: { type: Date, required: true },
  },
  { collection: 'permission_entries', versionKey: false },
).index({ org_id: 1, resource: 1, action: 1 }, { unique: true });
