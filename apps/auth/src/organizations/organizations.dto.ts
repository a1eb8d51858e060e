import { z } from 'zod';

/** Ids are in lower case, so there is one spelling of each. */
export const organizationId = z.string().regex(/^[a-z0-9_-]{1,100}$/, 'is not the form of an organization id');
