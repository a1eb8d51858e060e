import { type Account, client, IdentityProvider } from './identity-provider.js';
import type { TestService } from '@parley/testing';

export const newcomer: Account = {
  ...{ sub: 'acme-1', email: 'Nora@Example.org', email_verified: true },
  ...{ given_name: 'Nora', family_name: 'Vance' },
};

export const browserOf = (headers: Headers): string => cookieOf(headers, '__Host-idp') ?? '';
export const refreshCookieOf = (headers: Headers) => cookieOf(headers, '__Host-rt');

const cookieOf = (headers: Headers, name: string) =>
  headers
    .getSetCookie()
    .find((text) => text.startsWith(`${name}=`))
    ?.split(';', 1)[0];

/** Two providers, and a browser that goes to them and back. */
export class ProviderSteps {
  readonly acme = new IdentityProvider();
  readonly other = new IdentityProvider();

  constructor(private readonly auth: () => TestService) {}

  /** @returns what auth needs of its environment */
  async startProviders(): Promise<Record<string, string>> {
    await this.acme.start('http://localhost:3000/auth/providers/acme/callback');
    await this.other.start('http://localhost:3000/auth/providers/other/callback');
    const provider = (id: string, name: string, issuer: string) => ({ id, name, issuer, ...client });
    const all = [
      provider('acme', 'Acme', this.acme.issuer),
      provider('other', 'Other', this.other.issuer),
      provider('gone', 'Gone', 'http://127.0.0.1:1'),
    ];
    return { OIDC_PROVIDERS: JSON.stringify(all), SIGN_IN_RETURN_PATHS: '/,/settings' };
  }

  stopProviders = () => Promise.all([this.acme.stop(), this.other.stop()]);

  start = async (id = 'acme', query = '', service = this.auth()) => {
    const answer = await fetch(`${service.url}/auth/providers/${id}/start${query}`, { redirect: 'manual' });
    const url = answer.headers.get('location') ?? '';
    return { status: answer.status, url, cookie: browserOf(answer.headers), answer };
  };

  /** @returns where the browser lands, and what stands behind the `#` there */
  callback = async (query: string, cookie: string, id = 'acme', service = this.auth()) => {
    const address = `${service.url}/auth/providers/${id}/callback?${query}`;
    const answer = await fetch(address, { redirect: 'manual', ...(cookie ? { headers: { cookie } } : {}) });
    const { status, headers } = answer;
    const [page, fragment = ''] = (headers.get('location') ?? '').split('#');
    return { status, page, outcome: Object.fromEntries(new URLSearchParams(fragment)), headers };
  };

  signIn = async (account: Account, service = this.auth()) => {
    this.acme.account = account;
    const { url, cookie } = await this.start('acme', '', service);
    return this.callback(await this.acme.visit(url), cookie, 'acme', service);
  };
}
