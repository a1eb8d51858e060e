import { Injectable, type OnModuleInit, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ACCESS_RULE } from '@parley/platform';

/** Refuses to start a service that has a route without an access rule, so that its developer finds the gap and not an attacker. */
@Injectable()
export class RouteRulesCheck implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const open = this.discovery.getControllers().flatMap(({ metatype }) => {
      const prototype = (metatype as { prototype?: object } | null)?.prototype;
      return prototype ? this.unruled(metatype as new () => object, prototype) : [];
    });
    if (open.length > 0) throw new Error(`These routes have no access rule: ${open.join(', ')}`);
  }

  private unruled(controller: new () => object, prototype: object): string[] {
    return this.scanner
      .getAllMethodNames(prototype)
      .filter((name) => {
        const handler = (prototype as Record<string, () => unknown>)[name]!;
        const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
        return method !== undefined && !this.reflector.getAllAndOverride(ACCESS_RULE, [handler, controller]);
      })
      .map((name) => `${controller.name}.${name}`);
  }
}
