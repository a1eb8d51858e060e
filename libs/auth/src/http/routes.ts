import { Injectable, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';

/** One method of a controller that answers requests. */
export interface Route {
  controller: Type;
  handler: () => unknown;
  /** `ThingsController.create`, for people. */
  name: string;
  /** `POST /things/:id`, each way in which it is reached. */
  addresses: string[];
}

/** All routes of this service's controllers. */
@Injectable()
export class Routes {
  private found: Route[] | undefined;
  private byAddress: Map<string, Route> | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** Once the modules are there; not from a constructor. */
  all(): readonly Route[] {
    this.found ??= this.discovery.getControllers().flatMap(({ metatype }) => {
      const controller = metatype as Type | null;
      return controller?.prototype ? this.routesOf(controller) : [];
    });
    return this.found;
  }

  /** @param path as the router knows it, with the names of its parameters */
  find(method: string, path: string): Route | undefined {
    this.byAddress ??= new Map(this.all().flatMap((route) => route.addresses.map((address) => [address, route])));
    return this.byAddress.get(`${method} ${path}`);
  }

  private routesOf(controller: Type): Route[] {
    const prototype = controller.prototype as Record<string, () => unknown>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name]!;
      const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
      if (method === undefined) return [];
      const addresses = pathsOf(controller).flatMap((front) =>
        pathsOf(handler).map((back) => `${RequestMethod[method]} ${join(front, back)}`),
      );
      return [{ controller, handler, name: `${controller.name}.${name}`, addresses }];
    });
  }
}

const pathsOf = (target: object): string[] =>
  [Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined].flat().map((path) => path ?? '');

/** As Nest joins the path of a controller and that of its method. */
const join = (...parts: string[]): string => `/${parts.flatMap((part) => part.split('/').filter(Boolean)).join('/')}`;
