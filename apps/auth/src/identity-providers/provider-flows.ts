import { createHash, randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, PeriodicJobs } from '@parley/platform';
import type { Model } from 'mongoose';
import { Secrets } from '../secrets/secrets.js';
import { ProviderErrors } from './identity-providers.errors.js';
import type { LinkedIdentity } from '../linked-identities/linked-identity.schema.js';
import { LINK_OFFERS, type LinkOffer, PROVIDER_FLOWS, type ProviderFlow } from './provider-flow.schema.js';
import type { FlowSecrets } from './provider-clients.js';

export const flowLifeSeconds = 600;
const sweepMs = 600_000;

export const newBrowserSecret = (): string => randomBytes(32).toString('base64url');
export const isBrowserSecret = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);

/** Browsers on their way to a provider and back: each comes back once, to where it began. */
@Injectable()
export class ProviderFlows implements OnModuleInit {
  constructor(
    @InjectModel(PROVIDER_FLOWS) private readonly flows: Model<ProviderFlow>,
    @InjectModel(LINK_OFFERS) private readonly offers: Model<LinkOffer>,
    private readonly secrets: Secrets,
    private readonly jobs: PeriodicJobs,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.jobs.every(sweepMs, 'provider-flows', async () => {
      const over = { expires_at: { $lte: this.clock.date() } };
      await this.flows.deleteMany(over);
      await this.offers.deleteMany(over);
    });
  }

  async begin(
    { state, nonce, verifier }: FlowSecrets,
    browser: string,
    flow: Pick<ProviderFlow, 'provider' | 'return_to' | 'link'>,
  ): Promise<void> {
    const _id = sha256(state);
    const sealed = this.secrets.seal('sign-in', `pkce ${_id}`, Buffer.from(verifier));
    await this.flows.create([
      { _id, nonce, verifier: sealed, browser: sha256(browser), ...flow, expires_at: this.expiry() },
    ]);
  }

  /** @throws DomainError `state_invalid` */
  async consume(provider: string, state: string, browser: string): Promise<ProviderFlow & { secrets: FlowSecrets }> {
    const _id = sha256(state);
    const open = { _id, provider, browser: sha256(browser), expires_at: { $gt: this.clock.date() } };
    const flow = await this.flows.findOneAndDelete(open).lean<ProviderFlow>();
    const verifier = flow && this.secrets.unseal('sign-in', `pkce ${_id}`, flow.verifier);
    if (!flow || !verifier) throw ProviderErrors.stateInvalid();
    return { ...flow, secrets: { state, nonce: flow.nonce, verifier: verifier.toString() } };
  }

  /** @returns the token that confirms it */
  async offerLink(
    { user_id, sid }: NonNullable<ProviderFlow['link']>,
    identity: Pick<LinkedIdentity, 'provider' | 'issuer' | 'subject' | 'email'>,
  ): Promise<string> {
    const token = `lnk_${randomBytes(32).toString('base64url')}`;
    await this.offers.create([{ _id: sha256(token), user_id, sid, ...identity, expires_at: this.expiry() }]);
    return token;
  }

  /** @throws DomainError `link_token_invalid` unless it is the same user's, in the same session */
  async consumeOffer(token: string, user_id: string, sid: string): Promise<LinkOffer> {
    const open = { _id: sha256(token), user_id, sid, expires_at: { $gt: this.clock.date() } };
    const offer = await this.offers.findOneAndDelete(open).lean<LinkOffer>();
    if (!offer) throw ProviderErrors.linkInvalid();
    return offer;
  }

  private expiry = (): Date => new Date(this.clock.now() + flowLifeSeconds * 1_000);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
