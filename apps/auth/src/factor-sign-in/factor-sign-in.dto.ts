import { z } from 'zod';
import { loginAnswer } from '../login-sessions/login-sessions.dto.js';
import { assertionResponse } from '../passkeys/passkeys.dto.js';
import { factorMethods } from '../second-factors/second-factors.js';

const expiresIn = z.int().meta({ description: 'Seconds for which the token is good' });

/** The first factor was right, and another one is due. */
export const factorDue = z
  .object({
    mfa_required: z.literal(true),
    mfa_token: z.string(),
    methods: z.array(z.enum(factorMethods)),
    expires_in: expiresIn,
  })
  .meta({ id: 'FactorDue' });

/** The first factor was right, and the account may not be used before a second one is set up. */
export const factorSetUpDue = z
  .object({
    mfa_setup_required: z.literal(true),
    mfa_token: z.string(),
    methods: z.array(z.literal('totp')),
    expires_in: expiresIn,
  })
  .meta({ id: 'FactorSetUpDue' });

export const signInAnswer = z.union([loginAnswer, factorDue, factorSetUpDue]);
export type SignInStep = z.infer<typeof signInAnswer>;

const token = z.string().min(1).max(100);
export const code = z.string().min(1).max(32);
const sample = `mfa_${'A'.repeat(43)}`;

export const pendingToken = z
  .strictObject({ mfa_token: token })
  .meta({ id: 'PendingSignInToken', examples: [{ mfa_token: sample }] });
export type PendingToken = z.infer<typeof pendingToken>;

export const factorProof = z
  .strictObject({
    mfa_token: token,
    code: code.optional().meta({ description: 'Of the authenticator app, or a recovery code' }),
    passkey: assertionResponse.optional(),
  })
  .refine(({ code: given, passkey }) => (given === undefined) !== (passkey === undefined), {
    error: 'Send either code or passkey.',
  })
  .meta({ id: 'FactorProof', examples: [{ mfa_token: sample, code: '123456' }] });
export type FactorProof = z.infer<typeof factorProof>;

export const setUpConfirmation = z
  .strictObject({ mfa_token: token, code })
  .meta({ id: 'SetUpConfirmation', examples: [{ mfa_token: sample, code: '123456' }] });
export type SetUpConfirmation = z.infer<typeof setUpConfirmation>;

export const setUpAnswer = loginAnswer
  .extend({ recovery_codes: z.array(z.string()).meta({ description: 'Shown this once; each is good once' }) })
  .meta({ id: 'SetUpAnswer' });
export type SetUpAnswer = z.infer<typeof setUpAnswer>;
