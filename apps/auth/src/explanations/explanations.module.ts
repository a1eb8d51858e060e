import { Module } from '@nestjs/common';
import { AuthzModule } from '../authz/authz.module.js';
import { ExplanationsController } from './explanations.controller.js';

@Module({ imports: [AuthzModule], controllers: [ExplanationsController] })
export class ExplanationsModule {}
