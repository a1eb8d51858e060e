import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
// @ts-expect-error -- the package has no types
import { Provider } from 'oidc-provider';

export interface Account {
  sub: string;
  email?: string;
  email_verified?: boolean;
  given_name?: string;
  family_name?: string;
}

interface Context {
  path: string;
  req: IncomingMessage;
  res: ServerResponse;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  oidc: any;
}

export const client = { client_id: 'parley', client_secret: 'a secret of the provider and Parley'.padEnd(48, '.') };

/** A real identity provider on a free port of this machine. Whoever comes is signed in at once as `account`. */
export class IdentityProvider {
  account: Account = { sub: 'nobody' };
  issuer = '';
  /** What becomes of its token endpoint: an error of the server, or no answer at all. */
  tokenEndpoint: 'well' | 'broken' | 'silent' = 'well';
  private server: Server = createServer();

  async start(redirectUri: string): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.issuer = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    const provider = new Provider(this.issuer, this.settings(redirectUri));
    provider.use(async (context: Context, next: () => Promise<void>) => {
      if (!context.path.startsWith('/interaction/')) return next();
      const login = { accountId: this.account.sub };
      await provider.interactionFinished(context.req, context.res, { login }, { mergeWithLastSubmission: false });
      (context as unknown as { respond: boolean }).respond = false;
    });
    const answer = provider.callback() as (request: IncomingMessage, response: ServerResponse) => void;
    this.server.on('request', (request, response) => {
      if (this.tokenEndpoint === 'well' || request.url !== '/token') return answer(request, response);
      if (this.tokenEndpoint === 'broken') response.writeHead(500).end('a trace of the provider');
    });
  }

  /** Goes where a browser would go. @returns the query with which it is sent back */
  async visit(authorizationUrl: string): Promise<string> {
    const cookies = new Map<string, string>();
    let url = new URL(authorizationUrl);
    while (url.href.startsWith(this.issuer)) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await fetch(url, { redirect: 'manual', headers: { cookie } });
      for (const text of answer.headers.getSetCookie()) {
        const pair = text.split(';', 1)[0]!;
        cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
      }
      const location = answer.headers.get('location');
      if (!location) throw new Error(`the provider answered ${answer.status}: ${await answer.text()}`);
      url = new URL(location, url);
    }
    return url.search.slice(1);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close').catch(() => undefined);
  }

  private settings(redirectUri: string) {
    return {
      clients: [{ ...client, redirect_uris: [redirectUri], token_endpoint_auth_method: 'client_secret_post' }],
      cookies: { keys: ['for a test'] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['given_name', 'family_name'] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_context: Context, { uid }: { uid: string }) => `/interaction/${uid}` },
      findAccount: (_context: Context, id: string) => ({ accountId: id, claims: () => ({ ...this.account, sub: id }) }),
      loadExistingGrant: async ({ oidc }: Context) => {
        const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
    };
  }
}
