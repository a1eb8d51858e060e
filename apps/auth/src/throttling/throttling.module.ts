import { Module } from '@nestjs/common';
import { DevicesModule } from '../devices/devices.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { AddressMailLimit } from './address-mail-limit.js';
import { Counters, StoredCounters } from './counters.js';
import { LoginThrottle } from './login-throttle.js';
import { NetworkLimit } from './network-limit.js';

@Module({
  imports: [SecretsModule, DevicesModule],
  providers: [{ provide: Counters, useClass: StoredCounters }, LoginThrottle, AddressMailLimit, NetworkLimit],
  exports: [LoginThrottle, AddressMailLimit, NetworkLimit, Counters],
})
export class ThrottlingModule {}
