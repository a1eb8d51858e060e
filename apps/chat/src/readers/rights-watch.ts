import type { PermissionSource, Revocations, UserPrincipal } from '@parley/auth';
import { toDomainError } from '@parley/platform';
import type { StreamSignals } from '../signals/stream-signals.js';

/** Events of auth make it quick; this is the net below them, and as a rule it asks nobody: what is known is looked at again. */
const checkEveryMs = 10_000;

/** What the right to a stream depends on. */
export interface Rights {
  permissions: PermissionSource;
  signals: StreamSignals;
  /** Given for those who read: their token must be good all the time. An answer that runs goes on when its user signs out. */
  revocations?: Revocations;
}

/** Watches over a user's right to a stream, for as long as the stream runs or is read. */
export class RightsWatch {
  private readonly timer: NodeJS.Timeout;
  private readonly unlisten: Array<() => void>;
  private check: Promise<void> | undefined;
  private isDue = false;

  constructor(
    private readonly rights: Rights,
    private readonly user: UserPrincipal,
    private readonly onLost: () => void,
  ) {
    this.timer = setInterval(() => this.look(), checkEveryMs);
    const { userId, orgId, loginSessionId, keyId, apiKey } = user;
    // A session only ends for those who read; a key that is revoked spends nothing more.
    const voids = apiKey ? [apiKey.id] : rights.revocations ? [loginSessionId, keyId] : [];
    const ids = [userId, ...(orgId === null ? [] : [orgId]), ...voids];
    this.unlisten = ids.map((id) => rights.signals.on('rights_lost', id, () => this.look()));
  }

  end(): void {
    clearInterval(this.timer);
    for (const leave of this.unlisten) leave();
  }

  /** A look that has begun may have missed what this one is for, so another follows it. */
  private look(): void {
    this.isDue = true;
    this.check ??= this.checkWhileDue().finally(() => (this.check = undefined));
  }

  private async checkWhileDue(): Promise<void> {
    while (this.isDue) {
      this.isDue = false;
      if (await this.hasLost()) return this.onLost();
    }
  }

  private async hasLost(): Promise<boolean> {
    const isVoid = this.rights.revocations?.refusalOf(this.user) !== undefined;
    if (!isVoid && (await this.mayStream(this.user))) return false;
    const heir = await this.heir();
    return !heir || !(await this.mayStream(heir));
  }

  /** When auth cannot be asked nothing changes: trouble is never a permission answer. */
  private mayStream(user: UserPrincipal): Promise<boolean> {
    return this.rights.permissions
      .allows(user, 'chat:stream')
      .catch((error: unknown) => toDomainError(error).kind !== 'unauthenticated');
  }

  /** A visitor who signs in goes on reading as that user. */
  private heir(): Promise<UserPrincipal | undefined> {
    return this.rights.permissions.grantsOf(this.user).then(
      ({ successor_id: userId }) => (userId === undefined ? undefined : { ...this.user, userId }),
      () => undefined,
    );
  }
}
