import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, SignedIn, type UserPrincipal } from '@parley/auth';
import { isoTime } from '@parley/contracts';
import { Clock } from '@parley/platform';
import { z } from 'zod';

const currentSession = z
  .object({
    id: z.string(),
    user_id: z.string(),
    org_id: z.string().nullable(),
    expires_in: z.int().meta({ description: 'Seconds until the access token expires' }),
    expires_at: isoTime,
  })
  .meta({ id: 'CurrentSession' });

@ApiTags('login sessions')
@Controller('auth/session')
export class CurrentSessionController {
  constructor(private readonly clock: Clock) {}

  @Get()
  @SignedIn()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What your access token says, and for how long it is good' })
  @ApiOkResponse({ standardSchema: currentSession, description: 'The session of the access token' })
  read(@CurrentUser() { userId, loginSessionId, orgId, expiresAt }: UserPrincipal): z.infer<typeof currentSession> {
    return {
      id: loginSessionId,
      user_id: userId,
      org_id: orgId,
      expires_in: Math.max(0, Math.floor((expiresAt - this.clock.now()) / 1_000)),
      expires_at: new Date(expiresAt).toISOString(),
    };
  }
}
