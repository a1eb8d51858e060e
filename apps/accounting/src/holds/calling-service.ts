import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal } from '@parley/auth';

/** The name of the service that calls, from its verified token. */
export const CallingService = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const { principal } = context.switchToHttp().getRequest<{ principal?: Principal }>();
  if (principal?.kind !== 'service') throw new Error('@CallingService() stands on a route that is not for services');
  return principal.service;
});
