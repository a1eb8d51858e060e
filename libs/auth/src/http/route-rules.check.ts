import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ACCESS_RULE } from '@parley/platform';
import { Routes } from './routes.js';

/** Refuses to start a service that has a route without an access rule, so that its developer finds the gap and not an attacker. */
@Injectable()
export class RouteRulesCheck implements OnModuleInit {
  constructor(
    private readonly routes: Routes,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const open = this.routes
      .all()
      .filter(({ handler, controller }) => !this.reflector.getAllAndOverride(ACCESS_RULE, [handler, controller]))
      .map(({ name }) => name);
    if (open.length > 0) throw new Error(`These routes have no access rule: ${open.join(', ')}`);
  }
}
