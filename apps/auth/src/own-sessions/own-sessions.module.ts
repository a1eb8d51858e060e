import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { LoginSessionsModule } from '../login-sessions/login-sessions.module.js';
import { CurrentSessionController } from './current-session.controller.js';
import { LastSeen } from './last-seen.js';
import { OwnSessionsController } from './own-sessions.controller.js';
import { OwnSessionsService } from './own-sessions.service.js';
import { SessionSweep } from './session-sweep.js';

@Module({
  imports: [LoginSessionsModule],
  controllers: [OwnSessionsController, CurrentSessionController],
  providers: [OwnSessionsService, SessionSweep, LastSeen, { provide: APP_INTERCEPTOR, useExisting: LastSeen }],
  exports: [SessionSweep],
})
export class OwnSessionsModule {}
