import { AuthErrors, type ServiceTokenClient } from '@parley/auth';
import {
  type CreateHold,
  hold,
  type Hold,
  placedHold,
  type PlacedHold,
  type Price,
  type ProgressHold,
  priceList,
  type ReleaseHold,
  type SettleHold,
} from '@parley/contracts';
import { DomainError, type ErrorKind, errorStatus, type ServiceAnswer, ServiceClient } from '@parley/platform';

/** Chat's side of the contract with accounting. Every call may be repeated: its key is the stream's id. */
export class AccountingClient {
  private readonly http: ServiceClient;

  constructor(
    url: string,
    private readonly tokens: ServiceTokenClient,
  ) {
    this.http = new ServiceClient('accounting', url);
  }

  /**
   * Sets credits aside on the account of the user whose access token is given.
   * @throws DomainError 401 when the user's token is not taken · `insufficient_credits` 402 · `model_not_priced` 422 ·
   *   `account_frozen` 423 · `too_many_open_holds` 429 · `accounting_unavailable` 503, after which the hold may or may not exist
   */
  async createHold(accessToken: string, request: CreateHold): Promise<PlacedHold> {
    const answer = await this.send('POST', '/holds', request, { 'x-subject-token': accessToken });
    // Our own token is a new one by now, so it is the user's that accounting does not take.
    if (answer.status === 401)
      throw codeOf(answer) === 'token_expired' ? AuthErrors.tokenExpired() : AuthErrors.tokenInvalid();
    return placedHold.parse(expect(answer, this.http));
  }

  /**
   * Says what was used so far and asks for more to be held.
   * @throws DomainError `top_up_denied`, `member_cap_reached` or `api_key_cap_reached` 402 (the hold stays as it is) · `hold_closed` 409 · `hold_expired` 410 ·
   *   `accounting_unavailable`
   */
  async progressHold(holdId: string, request: ProgressHold): Promise<Hold> {
    return hold.parse(expect(await this.send('PUT', `/holds/${holdId}/progress`, request), this.http));
  }

  /** @throws DomainError with accounting's own code, or `accounting_unavailable` */
  async settleHold(holdId: string, request: SettleHold): Promise<Hold> {
    return hold.parse(expect(await this.send('POST', `/holds/${holdId}/settle`, request), this.http));
  }

  /** @throws DomainError with accounting's own code, or `accounting_unavailable` */
  async releaseHold(holdId: string, request: ReleaseHold): Promise<Hold> {
    return hold.parse(expect(await this.send('POST', `/holds/${holdId}/release`, request), this.http));
  }

  /** @throws DomainError `hold_not_found` · `accounting_unavailable` */
  async readHold(holdId: string): Promise<Hold> {
    return hold.parse(expect(await this.send('GET', `/holds/${holdId}`), this.http));
  }

  /** The price in force of every priced model. */
  async prices(): Promise<Price[]> {
    const prices: Price[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = new URLSearchParams({ limit: '100', ...(cursor ? { cursor } : {}) });
      const page = priceList.parse(expect(await this.http.call(`/prices?${query.toString()}`), this.http));
      prices.push(...page.data);
      cursor = page.next_cursor;
    }
    return prices;
  }

  private async send(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<ServiceAnswer> {
    const call = async () => {
      const authorization = await this.tokens.authorization('accounting');
      return this.http.call(path, { method, body, headers: { ...authorization, ...headers } });
    };
    const answer = await call();
    if (answer.status !== 401) return answer;
    // A token that is refused before its time was signed by a key that is gone.
    this.tokens.forget('accounting');
    return call();
  }
}

const codeOf = ({ body }: ServiceAnswer): unknown => ((body ?? {}) as Record<string, unknown>).code;

/** Refusals of chat itself, whoever the user is. */
const refusalsOfChat: readonly unknown[] = ['service_token_required', 'insufficient_scope'];

/**
 * A refusal of accounting is passed on as it is: same status, code, sentence and facts. That chat may not ask is no answer to
 * what it asked.
 */
function expect(answer: ServiceAnswer, http: ServiceClient): unknown {
  const { status, body, retryAfterSeconds } = answer;
  if (status < 300) return body;
  const { code, detail, required_ucr, available_ucr } = (body ?? {}) as Record<string, unknown>;
  const kind = (Object.keys(errorStatus) as ErrorKind[]).find((each) => errorStatus[each] === status);
  if (!kind || typeof code !== 'string' || status === 401 || refusalsOfChat.includes(code))
    throw http.unavailable(`accounting answered ${status} ${String(code)}`);
  throw new DomainError(kind, code, typeof detail === 'string' ? detail : 'Accounting refused this.', {
    facts: required_ucr === undefined ? {} : { required_ucr, available_ucr },
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}
