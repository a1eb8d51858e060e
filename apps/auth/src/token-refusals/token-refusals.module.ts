import { Module } from '@nestjs/common';
import { TokenRefusals } from '@parley/auth';
import { AuditModule } from '../audit/audit.module.js';
import { AuditedTokenRefusals } from './audited-token-refusals.js';

@Module({
  imports: [AuditModule],
  providers: [{ provide: TokenRefusals, useClass: AuditedTokenRefusals }],
  exports: [TokenRefusals],
})
export class TokenRefusalsModule {}
