import { Injectable } from '@nestjs/common';
import { SecurityFeed } from '@parley/auth';
import { LiveEvents } from './live-events.js';

/** Auth's own guard: what this process has changed is in force in it at once, what others have changed a quarter of a second later. */
@Injectable()
export class LocalSecurityFeed extends SecurityFeed {
  /** What auth is asked for needs its database, which is then the one to say that it is not there. */
  readonly isStale = false;

  constructor(private readonly live: LiveEvents) {
    super();
  }

  ready(): Promise<void> | undefined {
    return this.live.settled();
  }
}
