import { z } from 'zod';

/** A browser sends nothing but its cookie. */
const refreshToken = z.string().min(1).max(200).meta({ description: 'Native clients: the refresh token' });

export const refreshRequest = z
  .strictObject({ refresh_token: refreshToken.optional() })
  .optional()
  .meta({ id: 'RefreshRequest', examples: [{}, { refresh_token: 'rt1.sid_0123456789abcdef.0.…' }] });
export type RefreshRequest = z.infer<typeof refreshRequest>;

export const logoutRequest = z
  .strictObject({ refresh_token: refreshToken.optional() })
  .optional()
  .meta({ id: 'LogoutRequest', examples: [{ refresh_token: 'rt1.sid_0123456789abcdef.0.…' }] });
export type LogoutRequest = z.infer<typeof logoutRequest>;
