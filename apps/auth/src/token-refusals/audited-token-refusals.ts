import { Injectable } from '@nestjs/common';
import { TokenRefusals } from '@parley/auth';
import { AuditTally } from '../audit/audit-tally.js';

/** Tokens that nobody can have been given stand in the audit log: one entry a minute, with their number. */
@Injectable()
export class AuditedTokenRefusals extends TokenRefusals {
  constructor(private readonly tally: AuditTally) {
    super();
  }

  note(code: string, ip_address: string): void {
    // A token that has expired or was revoked was somebody's, and is sent by every client sooner or later.
    if (code === 'invalid_token') this.tally.note({ type: 'token.refused', actor: null, ip_address });
  }
}
