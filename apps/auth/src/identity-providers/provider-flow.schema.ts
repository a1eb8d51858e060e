import { Schema } from 'mongoose';

/** A browser that was sent to a provider and has not come back. */
export interface ProviderFlow {
  /** The SHA-256 of its `state`. */
  _id: string;
  provider: string;
  /** The SHA-256 of the cookie of the browser that began. */
  browser: string;
  nonce: string;
  /** The PKCE verifier, sealed. */
  verifier: string;
  return_to: string;
  /** Who wants to link an identity, and in which session; null to sign in. */
  link: { user_id: string; sid: string } | null;
  expires_at: Date;
}

export const PROVIDER_FLOWS = 'ProviderFlow';

const link = new Schema({ user_id: String, sid: String }, { _id: false });

export const providerFlowSchema = new Schema<ProviderFlow>(
  {
    _id: { type: String, required: true },
    provider: { type: String, required: true },
    browser: { type: String, required: true },
    nonce: { type: String, required: true },
    verifier: { type: String, required: true },
    return_to: { type: String, required: true },
    link: { type: link, default: null },
    expires_at: { type: Date, required: true },
  },
  { collection: 'provider_flows', versionKey: false },
).index({ expires_at: 1 });

/** An identity that somebody has shown and that waits for their word that it is to be linked. */
export interface LinkOffer {
  /** The SHA-256 of the token that confirms it. */
  _id: string;
  user_id: string;
  sid: string;
  provider: string;
  issuer: string;
  subject: string;
  email: string | null;
  expires_at: Date;
}

export const LINK_OFFERS = 'LinkOffer';

export const linkOfferSchema = new Schema<LinkOffer>(
  {
    _id: { type: String, required: true },
    user_id: { type: String, required: true },
    sid: { type: String, required: true },
    provider: { type: String, required: true },
    issuer: { type: String, required: true },
    subject: { type: String, required: true },
    email: { type: String, default: null },
    expires_at: { type: Date, required: true },
  },
  { collection: 'link_offers', versionKey: false },
).index({ expires_at: 1 });
