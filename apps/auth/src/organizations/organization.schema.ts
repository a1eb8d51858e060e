import { Schema } from 'mongoose';

/** A personal one has exactly one member, whose own it is, and comes and goes with them; a team has as many as it likes. */
export const organizationKinds = ['personal', 'team'] as const;
export type OrganizationKind = (typeof organizationKinds)[number];

/** Nothing can be done in a suspended one. A deleted one is kept for the ledger and the audit log, which name its id. */
export const organizationStates = ['active', 'suspended', 'deleted'] as const;
export type OrganizationStatus = (typeof organizationStates)[number];

/** Whoever shares credits, roles and members. */
export interface Organization {
  _id: string;
  name: string;
  /** What no two may have in common: whose it is, and the name in lower case. */
  name_key: string;
  kind: OrganizationKind;
  status: OrganizationStatus;
  created_by: string;
  /** Goes up with every change of its members and roles, so that of two changes at once one sees the other. */
  rights_version: number;
  created_at: Date;
  updated_at: Date;
  deleted_at?: Date;
}

export const ORGANIZATIONS = 'Organization';

export const organizationSchema = new Schema<Organization>(
  {
    _id: { type: String, required: true },
    name: { type: String, required: true },
    name_key: { type: String, required: true, unique: true },
    kind: { type: String, enum: organizationKinds, required: true },
    status: { type: String, enum: organizationStates, required: true },
    created_by: { type: String, required: true },
    rights_version: { type: Number, required: true },
    created_at: { type: Date, required: true },
    updated_at: { type: Date, required: true },
    deleted_at: { type: Date },
  },
  { collection: 'organizations', versionKey: false },
).index({ created_by: 1 });

/** One for each user, however many sign-ins make it at once. */
export const personalKey = (userId: string): string => `personal:${userId}`;

/** Nobody has two teams of the same name. */
export const teamKey = (userId: string, name: string): string => `team:${userId}:${name.toLowerCase()}`;
