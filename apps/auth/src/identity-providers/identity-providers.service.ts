import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { AuthErrors } from '@parley/auth';
import { DomainError } from '@parley/platform';
import type { Model } from 'mongoose';
import { AuditTally } from '../audit/audit-tally.js';
import type { Device } from '../devices/device.js';
import { FactorGate, type StepAnswer } from '../factor-sign-in/factor-gate.js';
import { LINKED_IDENTITIES, type LinkedIdentity } from '../linked-identities/linked-identity.schema.js';
import type { User } from '../users/user.schema.js';
import { UsersService } from '../users/users.service.js';
import { ProviderErrors } from './identity-providers.errors.js';
import { Newcomers } from './newcomers.js';
import { type ProvedIdentity, ProviderClients } from './provider-clients.js';
import type { ProviderFlow } from './provider-flow.schema.js';
import { ProviderFlows } from './provider-flows.js';
import { type ProvidersConfig, PROVIDERS_CONFIG } from './provider-settings.js';

/** Where a browser goes next, and with which cookies. */
export interface Landing {
  location: string;
  cookies: readonly string[];
}

/** Sends browsers to identity providers, and takes them back. */
@Injectable()
export class IdentityProvidersService {
  constructor(
    @Inject(PROVIDERS_CONFIG) private readonly config: ProvidersConfig,
    @InjectModel(LINKED_IDENTITIES) private readonly identities: Model<LinkedIdentity>,
    private readonly clients: ProviderClients,
    private readonly flows: ProviderFlows,
    private readonly newcomers: Newcomers,
    private readonly users: UsersService,
    private readonly gate: FactorGate,
    private readonly refused: AuditTally,
  ) {}

  /**
   * @param browser the secret in the cookie of the browser
   * @param link who wants to link an identity; null to sign in
   * @returns where to send the browser
   * @throws DomainError `provider_not_found`, `return_path_unknown`, `provider_unavailable`
   */
  async begin(id: string, browser: string, returnTo: string | undefined, link: ProviderFlow['link']): Promise<string> {
    const provider = this.clients.settings(id);
    const return_to = returnTo ?? this.config.returnPaths[0]!;
    // Nothing but what the configuration names: an open redirect would make our address bait.
    if (!this.config.returnPaths.includes(return_to)) throw ProviderErrors.returnPath();
    const { url, ...secrets } = await this.clients.begin(provider);
    await this.flows.begin(secrets, browser, { provider: id, return_to, link });
    return url;
  }

  /**
   * @param query the query that the browser came back with
   * @returns a landing whatever happens, with the outcome behind the `#`, which no server and no log sees
   * @throws DomainError `provider_not_found`
   */
  async end(id: string, query: string, browser: string | undefined, device: Device): Promise<Landing> {
    const provider = this.clients.settings(id);
    let path = this.config.returnPaths[0]!;
    try {
      const states = new URLSearchParams(query).getAll('state');
      if (states.length !== 1 || browser === undefined) throw ProviderErrors.stateInvalid();
      const flow = await this.flows.consume(id, states[0]!, browser);
      path = flow.return_to;
      const identity = await this.clients.finish(provider, query, flow.secrets);
      if (flow.link) {
        const link_token = await this.flows.offerLink(flow.link, { provider: id, ...identityOf(identity) });
        return this.land(path, { link_token, provider: id });
      }
      const { answer, cookies } = await this.signIn(id, identity, device);
      return { ...this.land(path, outcomeOf(answer, id)), cookies };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      this.refused.note({
        type: 'provider_sign_in.refused',
        actor: null,
        ip_address: device.ipAddress,
        facts: { provider: id, code: error.code },
      });
      return this.land(path, { error: error.code, provider: id });
    }
  }

  private async signIn(provider: string, identity: ProvedIdentity, device: Device): Promise<StepAnswer> {
    const user = (await this.find(identity)) ?? (await this.newcomers.admit(provider, identity, device.ipAddress));
    return this.gate.pass(user, device, { amr: ['fed'], orgId: null, client: 'browser' });
  }

  /** By issuer and subject alone: an address may be given to somebody else. */
  private async find({ issuer, subject }: ProvedIdentity): Promise<User | undefined> {
    const linked = await this.identities.findOne({ issuer, subject }).lean<LinkedIdentity>();
    if (!linked) return undefined;
    const user = await this.users.find(linked.user_id);
    if (!user) throw AuthErrors.accountDisabled();
    return user;
  }

  private land(path: string, outcome: Readonly<Record<string, string>>): Landing {
    return { location: `${this.config.webUrl}${path}#${new URLSearchParams(outcome).toString()}`, cookies: [] };
  }
}

const identityOf = ({ issuer, subject, email }: ProvedIdentity) => ({ issuer, subject, email });

/** The page asks for its access token by `POST /auth/refresh`: no token is in an address. */
function outcomeOf(answer: StepAnswer['answer'], provider: string): Record<string, string> {
  if ('mfa_required' in answer) return { mfa_token: answer.mfa_token, methods: answer.methods.join(',') };
  if ('mfa_setup_required' in answer) return { mfa_token: answer.mfa_token, mfa_setup_required: 'true' };
  return { signed_in: provider };
}
