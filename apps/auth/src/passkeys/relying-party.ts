/** Where passkeys belong to (WebAuthn, 5.1): the host under which people use the product, and the pages that may ask for them. */
export interface RelyingParty {
  id: string;
  origins: readonly string[];
}

export const RELYING_PARTY = Symbol('RelyingParty');
