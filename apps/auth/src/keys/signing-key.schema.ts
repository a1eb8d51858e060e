import { Schema } from 'mongoose';

/** The public half as it is published (RFC 7517, RFC 7518 6.2). */
export interface PublicKeyJwk {
  kty: 'EC';
  crv: 'P-256';
  x: string;
  y: string;
}

/** A key pair with which tokens are signed (ES256). */
export interface SigningKey {
  /** The `kid` of tokens and of the JWKS. */
  _id: string;
  /** One key is current at any time: a partial unique index says so. */
  state: 'current';
  public_jwk: PublicKeyJwk;
  /** PKCS #8, sealed for the purpose `signing-key`. */
  sealed_private_key: string;
  created_at: Date;
}

export const SIGNING_KEYS = 'SigningKey';

export const signingKeySchema = new Schema<SigningKey>(
  {
    _id: { type: String, required: true },
    state: { type: String, required: true },
    public_jwk: { type: { kty: String, crv: String, x: String, y: String }, required: true, _id: false },
    sealed_private_key: { type: String, required: true },
    created_at: { type: Date, required: true },
  },
  { collection: 'signing_keys', versionKey: false },
).index({ state: 1 }, { unique: true, partialFilterExpression: { state: 'current' } });
