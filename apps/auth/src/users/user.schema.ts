import { Schema } from 'mongoose';

export const userStates = ['active', 'suspended', 'deactivated'] as const;
export type UserStatus = (typeof userStates)[number];

/** A user's role on the whole installation, whichever organisation they are in. */
export const platformRoles = ['user', 'support', 'auditor', 'platform_admin'] as const;
export type PlatformRole = (typeof platformRoles)[number];

/** A person with an account. */
export interface User {
  _id: string;
  /** In canonical form (see names.ts), as is the username: the unique indexes compare bytes. */
  email: string;
  /** Where mails go, when that is not `email` to the letter. */
  mail_address?: string;
  username: string;
  first_name: string;
  last_name: string;
  password_hash: string;
  /** The hash of nothing that anybody knows, of an account made by an identity provider; when the password's is another one, the user has chosen one. */
  unusable_password_hash?: string;
  email_verified: boolean;
  status: UserStatus;
  platform_role: PlatformRole;
  /** Goes up with each change of the role. Missing until the first. */
  role_version?: number;
  /** Counts the times that all sessions were ended; a sign-in that began before ends in none. Missing before the first time. */
  session_epoch?: number;
  last_signed_in_at?: Date;
  /** In which mails are (BCP 47); English when it is missing. */
  language?: string;
  /** When the user ended the account; for 30 days a mailed link brings it back. */
  deactivated_at?: Date;
  /** A user of the demonstration, who is there only while it is on. Missing on users stored before there was this mark. */
  demo?: boolean;
  /** The hash that the demo has set itself; when the password's is another one, the user has chosen it. */
  demo_password_hash?: string;
  created_at: Date;
  updated_at: Date;
}

export const USERS = 'User';

export const userSchema = new Schema<User>(
  {
    _id: { type: String, required: true },
    email: { type: String, required: true, unique: true },
    mail_address: { type: String },
    username: { type: String, required: true, unique: true },
    first_name: { type: String, default: '' },
    last_name: { type: String, default: '' },
    password_hash: { type: String, required: true },
    unusable_password_hash: { type: String },
    email_verified: { type: Boolean, required: true },
    status: { type: String, enum: userStates, required: true },
    platform_role: { type: String, enum: platformRoles, required: true },
    role_version: { type: Number },
    session_epoch: { type: Number },
    last_signed_in_at: { type: Date },
    language: { type: String },
    deactivated_at: { type: Date },
    demo: { type: Boolean, required: true },
    demo_password_hash: { type: String },
    created_at: { type: Date, required: true },
    updated_at: { type: Date, required: true },
  },
  { collection: 'users', versionKey: false },
)
  // The list of users, newest first; and how many administrators there are.
  .index({ created_at: -1, _id: -1 })
  .index({ platform_role: 1, status: 1 });

/** Where and how to write to a user. */
export const mailTo = ({ email, mail_address, first_name, language = 'en' }: User) => ({
  to: { name: first_name, address: mail_address ?? email },
  language,
});
