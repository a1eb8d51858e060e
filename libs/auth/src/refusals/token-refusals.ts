/** Hears of tokens that were refused, where somebody wants to know. */
export abstract class TokenRefusals {
  /** @param ipAddress of whoever sent it */
  abstract note(code: string, ipAddress: string): void;
}
