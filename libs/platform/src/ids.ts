import { randomBytes, randomUUID } from 'node:crypto';

/** Opaque ids with a readable kind in front: `usr_…`, `ses_…`. 128 random bits, lower-case hexadecimal. */
export const newId = (kind: string): string => `${kind}_${randomBytes(16).toString('hex')}`;

export const newUuid = (): string => randomUUID();
