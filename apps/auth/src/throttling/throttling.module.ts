import { Module } from '@nestjs/common';
import { Counters, StoredCounters } from './counters.js';
import { LoginThrottle } from './login-throttle.js';

@Module({
  providers: [{ provide: Counters, useClass: StoredCounters }, LoginThrottle],
  exports: [LoginThrottle],
})
export class ThrottlingModule {}
