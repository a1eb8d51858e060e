import type { PermissionSource, UserPrincipal } from '@parley/auth';
import { toDomainError } from '@parley/platform';
import type { StreamSignals } from '../signals/stream-signals.js';

/** Rights that were lost end a stream within 15 s; a signal makes it quicker and may get lost. */
const checkEveryMs = 10_000;

/** Watches over a user's right to a stream, for as long as the stream runs or is read. */
export class RightsWatch {
  private readonly timer: NodeJS.Timeout;
  private readonly unlisten: () => void;
  private isChecking = false;

  constructor(
    private readonly permissions: PermissionSource,
    signals: StreamSignals,
    private readonly user: UserPrincipal,
    private readonly onLost: () => void,
  ) {
    this.timer = setInterval(() => void this.check(), checkEveryMs);
    this.unlisten = signals.on('rights_lost', user.userId, () => void this.check());
  }

  end(): void {
    clearInterval(this.timer);
    this.unlisten();
  }

  private async check(): Promise<void> {
    if (this.isChecking) return;
    this.isChecking = true;
    if (await this.hasLost()) this.onLost();
    this.isChecking = false;
  }

  private async hasLost(): Promise<boolean> {
    if (await this.mayStream(this.user)) return false;
    const heir = await this.heir();
    return !heir || !(await this.mayStream(heir));
  }

  /** When auth cannot be asked nothing changes: trouble is never a permission answer. */
  private mayStream(user: UserPrincipal): Promise<boolean> {
    return this.permissions
      .allows(user, 'chat:stream')
      .catch((error: unknown) => toDomainError(error).kind !== 'unauthenticated');
  }

  /** A visitor who signs in goes on reading as that user. */
  private heir(): Promise<UserPrincipal | undefined> {
    return this.permissions.grantsOf(this.user).then(
      ({ successor_id: userId }) => (userId === undefined ? undefined : { ...this.user, userId }),
      () => undefined,
    );
  }
}
