import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module.js';
import { ServiceTokensController } from './service-tokens.controller.js';
import { ServiceTokensService } from './service-tokens.service.js';

@Module({ imports: [KeysModule], controllers: [ServiceTokensController], providers: [ServiceTokensService] })
export class ServiceTokensModule {}
