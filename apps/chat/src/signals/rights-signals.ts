import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Revocations } from '@parley/auth';
import type { SecurityChange } from '@parley/contracts';
import { StreamSignals } from './stream-signals.js';

/** Turns what auth tells this process into signals for its running answers and readers, so that they look at once. */
@Injectable()
export class RightsSignals implements OnModuleInit {
  constructor(
    private readonly revocations: Revocations,
    private readonly signals: StreamSignals,
  ) {}

  onModuleInit(): void {
    this.revocations.onChange((change) => {
      const id = whomItConcerns(change);
      if (id !== undefined) this.signals.send('rights_lost', id);
    });
  }
}

/** The narrowest of user, login session, key and organisation that the change names. */
function whomItConcerns(change: SecurityChange): string | undefined {
  switch (change.type) {
    case 'session-revoked':
      return change.sid;
    case 'key-revoked':
      return change.kid;
    case 'role-changed':
    case 'org-changed':
      return change.org_id;
    case 'api-key-revoked':
      return change.key_id;
    case 'credential-change':
    case 'account-disabled':
    case 'account-enabled':
    case 'token-claims-change':
      return change.sub;
  }
}
