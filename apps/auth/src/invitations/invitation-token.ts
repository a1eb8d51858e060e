import { createHash, randomBytes } from 'node:crypto';

const form = /^[A-Za-z0-9_-]{43}$/;

/** 256 random bits. They go into the mail; what is stored is their hash. */
export const newInvitationToken = (): string => randomBytes(32).toString('base64url');

export const invitationTokenHash = (token: string): string => createHash('sha256').update(token).digest('base64url');

export const isInvitationToken = (text: string): boolean => form.test(text);
