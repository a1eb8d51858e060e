import { z } from 'zod';

/** The id of a role or of a permission, as an address has it. */
export const roleId = z.string().regex(/^[a-z0-9_-]{1,100}$/, 'is not the form of an id');
