import type { ApiKeyAnswer, SecurityChange } from '@parley/contracts';

/** The net below the events: whatever happens, no older answer is used. */
const freshForMs = 60_000;
const maxRemembered = 10_000;

interface Known {
  askedAt: number;
  answer: Promise<ApiKeyAnswer>;
  /** The answer once it is there; a change that comes before it may be about this key. */
  said?: ApiKeyAnswer;
}

/**
 * What auth has said about keys, by their hash, for a minute and until an event says that it may have changed. That a key is not known is
 * remembered as well. Answers that are on their way when anything changes reach those who wait for them, and nobody else.
 */
export class KnownApiKeys {
  private readonly known = new Map<string, Known>();

  find(hash: string, nowMs: number): Promise<ApiKeyAnswer> | undefined {
    const entry = this.known.get(hash);
    return entry && nowMs - entry.askedAt < freshForMs ? entry.answer : undefined;
  }

  remember(hash: string, askedAt: number, answer: Promise<ApiKeyAnswer>): void {
    const entry: Known = { askedAt, answer };
    this.known.delete(hash);
    if (this.known.size >= maxRemembered) this.known.delete(this.known.keys().next().value!);
    this.known.set(hash, entry);
    const forget = () => void (this.known.get(hash) === entry && this.known.delete(hash));
    // A failure is not remembered, and no account is disabled for ever.
    answer.then((said) => {
      entry.said = said;
      if (!said.active && said.code === 'account_disabled') forget();
    }, forget);
  }

  forgetWhatChanged(change: SecurityChange): void {
    const concerns = concernOf(change);
    if (!concerns) return;
    for (const [hash, { said }] of this.known) if (!said || concerns(said)) this.known.delete(hash);
  }
}

type Active = Extract<ApiKeyAnswer, { active: true }>;

/** Which answers a change may make wrong. */
function concernOf(change: SecurityChange): ((said: ApiKeyAnswer) => boolean) | undefined {
  const of = (is: (key: Active) => boolean) => (said: ApiKeyAnswer) => said.active && is(said);
  switch (change.type) {
    case 'api-key-revoked':
      return of(({ key_id }) => key_id === change.key_id);
    case 'account-disabled':
      return of(({ user_id }) => user_id === change.sub);
    case 'token-claims-change':
      return of(({ user_id, org_id }) => user_id === change.sub && org_id === change.org_id);
    case 'role-changed':
    case 'org-changed':
      return of(({ org_id }) => org_id === change.org_id);
    default:
      return undefined;
  }
}
