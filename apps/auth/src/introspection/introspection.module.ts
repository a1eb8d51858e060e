import { Module } from '@nestjs/common';
import { AuthzModule } from '../authz/authz.module.js';
import { IntrospectionController } from './introspection.controller.js';

@Module({ imports: [AuthzModule], controllers: [IntrospectionController] })
export class IntrospectionModule {}
