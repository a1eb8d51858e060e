import { Schema } from 'mongoose';

/** The public half as it is published (RFC 7517, RFC 7518 6.2). */
export interface PublicKeyJwk {
  kty: 'EC';
  crv: 'P-256';
  x: string;
  y: string;
}

/**
 * The life of a key: published ahead of its use · signs · no longer signs, but what it signed is still good · void, with
 * everything that it signed. A previous key whose last token has expired is deleted; a revoked one is kept, so that nobody
 * ever takes it again.
 */
export const keyStates = ['standby', 'current', 'previous', 'revoked'] as const;
export type KeyState = (typeof keyStates)[number];

/** A key pair with which tokens are signed (ES256). */
export interface SigningKey {
  /** The `kid` of tokens and of the JWKS. */
  _id: string;
  /** One key is current at any time, and one on standby: two partial unique indexes say so. */
  state: KeyState;
  /** Set on the standby key and on no other. */
  is_standby?: true;
  public_jwk: PublicKeyJwk;
  /** PKCS #8, sealed for the purpose `signing-key`. Gone as soon as the key does not sign any more. */
  sealed_private_key?: string;
  /** Published since. */
  created_at: Date;
  current_since?: Date;
  /** When a previous key is deleted. */
  retire_at?: Date;
  revoked_at?: Date;
  /** The longest life of the tokens that it has signed. Missing on keys from before there were several. */
  longest_life_seconds?: number;
}

export const SIGNING_KEYS = 'SigningKey';

export const signingKeySchema = new Schema<SigningKey>(
  {
    _id: { type: String, required: true },
    state: { type: String, enum: keyStates, required: true },
    is_standby: { type: Boolean },
    public_jwk: { type: { kty: String, crv: String, x: String, y: String }, required: true, _id: false },
    sealed_private_key: { type: String },
    created_at: { type: Date, required: true },
    current_since: { type: Date },
    retire_at: { type: Date },
    revoked_at: { type: Date },
    longest_life_seconds: { type: Number },
  },
  { collection: 'signing_keys', versionKey: false },
)
  .index({ state: 1 }, { unique: true, partialFilterExpression: { state: 'current' } })
  .index({ is_standby: 1 }, { unique: true, partialFilterExpression: { is_standby: true } });
