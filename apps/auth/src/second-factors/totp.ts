import { generateSecret, generateURI, verifySync } from 'otplib';

const stepSeconds = 30;

/** 160 random bits in base32, the length that RFC 4226, 4 recommends. */
export const newTotpSecret = (): string => generateSecret();

/** What an authenticator app reads from a QR code. */
export const otpauthUrl = (secret: string, account: string): string =>
  generateURI({ issuer: 'Parley', label: account, secret });

export const isTotpCode = (code: string): boolean => /^\d{6}$/.test(code);

/**
 * The time step that a code belongs to: the one of this moment, or the one before or after it, because clocks differ and people type
 * slowly (RFC 6238, 5.2).
 * @returns undefined for a wrong code
 */
export function totpStepOf(secret: string, code: string, nowMs: number): number | undefined {
  const epoch = Math.floor(nowMs / 1_000);
  const result = verifySync({ secret, token: code, epoch, period: stepSeconds, epochTolerance: stepSeconds });
  return result.valid && 'timeStep' in result ? result.timeStep : undefined;
}
