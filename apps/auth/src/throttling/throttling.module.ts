import { Module } from '@nestjs/common';
import { SecretsModule } from '../secrets/secrets.module.js';
import { Counters, StoredCounters } from './counters.js';
import { LoginThrottle } from './login-throttle.js';

@Module({
  imports: [SecretsModule],
  providers: [{ provide: Counters, useClass: StoredCounters }, LoginThrottle],
  exports: [LoginThrottle, Counters],
})
export class ThrottlingModule {}
