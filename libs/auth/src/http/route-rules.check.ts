import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ACCESS_RULE, type AccessRule } from '@parley/platform';
import { PermissionCatalogue } from '../may/permission-catalogue.js';
import { Routes } from './routes.js';

/**
 * Refuses to start a service that has a route without an access rule, or one that asks for a permission which is not in the service's
 * catalogue, so that its developer finds the gap and not an attacker.
 */
@Injectable()
export class RouteRulesCheck implements OnModuleInit {
  constructor(
    private readonly routes: Routes,
    private readonly reflector: Reflector,
    private readonly catalogue: PermissionCatalogue,
  ) {}

  onModuleInit(): void {
    const rules = this.routes.all().map(({ name, handler, controller }) => ({
      name,
      rule: this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, [handler, controller]),
    }));
    const open = rules.filter(({ rule }) => !rule).map(({ name }) => name);
    if (open.length > 0) throw new Error(`These routes have no access rule: ${open.join(', ')}`);
    const unknown = rules.flatMap(({ name, rule }) =>
      rule?.kind === 'permission' && !this.catalogue.has(rule.permission) ? [`${name} (${rule.permission})`] : [],
    );
    if (unknown.length > 0) throw new Error(`These routes ask for what is in no catalogue: ${unknown.join(', ')}`);
  }
}
