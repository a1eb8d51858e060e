import type { ExecutionContext, Type } from '@nestjs/common';

/** A handler and its controller, as `Reflector.getAllAndOverride` takes them. */
type Where = [ReturnType<ExecutionContext['getHandler']>, Type];

/** What decorators say about a route. They do not change, and looking them up costs more than the rest of a guard. */
export class RouteMetadata<Value> {
  private readonly known = new WeakMap<object, { controller: object; value: Value }>();

  constructor(private readonly read: (where: Where) => Value) {}

  of(context: ExecutionContext): Value {
    const [handler, controller] = [context.getHandler(), context.getClass()];
    const known = this.known.get(handler);
    if (known?.controller === controller) return known.value;
    const value = this.read([handler, controller]);
    this.known.set(handler, { controller, value });
    return value;
  }
}
