import type { HttpAnswer, TestService } from '@parley/testing';

export const refreshCookie = '__Host-rt';
export const deviceCookie = '__Host-dc';
const page = 'http://localhost:8080';

/** A page of our own in a browser: it keeps cookies, and says with every request where it comes from. */
export class Browser {
  readonly cookies = new Map<string, string>();
  accessToken = '';

  constructor(
    private readonly service: () => TestService,
    private readonly headers: Record<string, string> = {},
  ) {}

  /** Another tab, which has the same cookies at this moment. */
  copy(): Browser {
    const other = new Browser(this.service, this.headers);
    for (const [name, value] of this.cookies) other.cookies.set(name, value);
    other.accessToken = this.accessToken;
    return other;
  }

  async logIn(username: string, password = `parley-${username}-demo`): Promise<HttpAnswer> {
    return this.post('/auth/login', { username, password });
  }

  refresh = (): Promise<HttpAnswer> => this.post('/auth/refresh', {});

  get = (path: string) => this.service().http.get(path, { token: this.accessToken });

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    const origin = { origin: page, 'sec-fetch-site': 'same-site' };
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.service().http.post(path, body, {
      headers: { ...origin, ...(cookie ? { cookie } : {}), ...this.headers, ...headers },
    });
    for (const [name, value] of setCookiesOf(answer)) {
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    if (typeof answer.body.access_token === 'string') this.accessToken = answer.body.access_token as string;
    return answer;
  }

  get refreshToken(): string {
    return this.cookies.get(refreshCookie) ?? '';
  }
}

/** Names and values that an answer sets; an empty value clears. */
export const setCookiesOf = ({ headers }: HttpAnswer): Array<[string, string]> =>
  headers.getSetCookie().map((text) => {
    const pair = text.split(';', 1)[0]!;
    return [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
  });

export const namesSet = (answer: HttpAnswer): string[] => setCookiesOf(answer).map(([name]) => name);
