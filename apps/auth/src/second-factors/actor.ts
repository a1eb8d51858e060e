import { createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { AuthenticatedRequest } from '@parley/auth';
import type { FastifyRequest } from 'fastify';
import type { ChangedBy } from './factor-changes.js';
import { UsersService } from '../users/users.service.js';

/** Who is signed in, in which session, and from where. */
export interface Actor {
  userId: string;
  sid: string;
  ipAddress: string;
}

/** The signed-in user as the one who changes something about their own sign-in. */
export const CurrentActor = createParamDecorator((_data: unknown, context: ExecutionContext): Actor => {
  const { principal, ip } = context.switchToHttp().getRequest<AuthenticatedRequest & FastifyRequest>();
  if (principal?.kind !== 'user') throw new Error('@CurrentActor() stands on a route that is not for users');
  return { userId: principal.userId, sid: principal.loginSessionId, ipAddress: ip };
});

/** Looks up who an actor is. */
@Injectable()
export class Actors {
  constructor(private readonly users: UsersService) {}

  async of({ userId, sid, ipAddress }: Actor): Promise<ChangedBy & { sid: string }> {
    return { user: await this.users.get(userId), sid, ipAddress };
  }
}
