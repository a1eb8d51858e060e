import { z } from 'zod';
import { organizationId } from '../organizations/organizations.dto.js';
import { clientKinds } from '../login-sessions/login-session.schema.js';
import { emailAddress, username } from '../users/names.js';

export const login = z
  .strictObject({
    email: emailAddress.optional(),
    username: username.optional(),
    /** Exactly as typed; the bound is there so that long texts are not hashed. */
    password: z.string().min(1).max(512),
    org_id: organizationId.optional(),
    client: z.enum(clientKinds).default('browser').meta({ description: 'How the refresh token travels' }),
  })
  .refine(({ email, username }) => (email === undefined) !== (username === undefined), {
    error: 'Send either email or username.',
  })
  .meta({
    id: 'Login',
    examples: [
      { username: 'user1', password: 'parley-user1-demo' },
      { email: 'admin@example.com', password: 'parley-admin-demo', client: 'native' },
    ],
  });
export type Login = z.infer<typeof login>;
