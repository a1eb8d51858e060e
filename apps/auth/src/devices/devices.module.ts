import { Module } from '@nestjs/common';
import { SecretsModule } from '../secrets/secrets.module.js';
import { Devices } from './devices.js';

@Module({ imports: [SecretsModule], providers: [Devices], exports: [Devices] })
export class DevicesModule {}
