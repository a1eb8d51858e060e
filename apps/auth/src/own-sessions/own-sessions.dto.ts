import { isoTime } from '@parley/contracts';
import { pageQuery } from '@parley/platform';
import { z } from 'zod';
import { clientKinds, type LoginSession } from '../login-sessions/login-session.schema.js';
import { endsAt } from '../login-sessions/refresh-judgement.js';
import type { RefreshLife } from '../login-sessions/refresh-life.js';

export const loginSessionDto = z
  .object({
    id: z.string(),
    current: z.boolean().meta({ description: 'The one whose access token asks' }),
    client: z.enum(clientKinds),
    user_agent: z.string().nullable(),
    ip_address: z.string().meta({ description: 'Where it was signed in' }),
    amr: z.array(z.string()).meta({ description: 'How it was signed in (RFC 8176)' }),
    created_at: isoTime,
    last_seen_at: isoTime.meta({ description: 'To the minute' }),
    expires_at: isoTime.meta({ description: 'Unless it is renewed' }),
  })
  .meta({ id: 'LoginSession' });
export type LoginSessionDto = z.infer<typeof loginSessionDto>;

export const loginSessionList = z
  .object({ data: z.array(loginSessionDto), next_cursor: z.string().nullable() })
  .meta({ id: 'LoginSessionList' });
export type LoginSessionList = z.infer<typeof loginSessionList>;

export const sessionsQuery = z.strictObject(pageQuery);
export type SessionsQuery = z.infer<typeof sessionsQuery>;

export const sessionId = z.string().min(1).max(100);

export const toLoginSessionDto = (session: LoginSession, currentSid: string, life: RefreshLife): LoginSessionDto => ({
  id: session._id,
  current: session._id === currentSid,
  client: session.client,
  user_agent: session.user_agent,
  ip_address: session.ip_address,
  amr: session.amr,
  created_at: session.created_at.toISOString(),
  last_seen_at: session.last_seen_at.toISOString(),
  expires_at: new Date(endsAt(session, life)).toISOString(),
});
