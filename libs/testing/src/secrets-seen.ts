const secretNames =
  /^(access_token|refresh_token|token|mfa_token|ticket|password|current_password|new_password|client_secret|secret|otpauth_url|code|recovery_codes|key)$/;
/** What is shorter is found everywhere by chance. */
const minLength = 8;

/** Every secret that goes over the wire while it watches, in either direction. */
export interface SecretsSeen {
  readonly values: ReadonlySet<string>;
  stop(): void;
}

/**
 * Watches `fetch` and collects tokens, passwords, cookies and the other secrets of requests and answers, so that a test can look for
 * them where they must not be.
 */
export function watchSecrets(): SecretsSeen {
  const values = new Set<string>();
  const original = globalThis.fetch;
  const add = (value: unknown) => {
    if (typeof value === 'string' && value.length >= minLength) values.add(value);
  };
  const addHeaders = (headers: Headers) => {
    add(headers.get('authorization')?.replace(/^Bearer /i, ''));
    for (const cookie of headers.getSetCookie()) add(cookie.split(';', 1)[0]!.split('=').slice(1).join('='));
    for (const cookie of headers.get('cookie')?.split('; ') ?? []) add(cookie.split('=').slice(1).join('='));
  };
  globalThis.fetch = async (input, init) => {
    addHeaders(new Headers(init?.headers));
    if (typeof init?.body === 'string') collect(init.body, add);
    const response = await original(input, init);
    addHeaders(response.headers);
    if (/json/.test(response.headers.get('content-type') ?? '')) collect(await response.clone().text(), add);
    return response;
  };
  return { values, stop: () => void (globalThis.fetch = original) };
}

function collect(json: string, add: (value: unknown) => void): void {
  try {
    JSON.parse(json, (name, value: unknown) => {
      // A problem document's code is the name of a refusal.
      if (secretNames.test(name) && !(name === 'code' && /^[a-z_]+$/.test(String(value)))) [value].flat().forEach(add);
      return value;
    });
  } catch {
    // Not JSON, so it has no named members.
  }
}
