import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, SignedIn, type UserPrincipal } from '@parley/auth';
import { visitorRole } from '@parley/contracts';
import { z } from 'zod';
import { AuthzService } from '../authz/authz.service.js';
import { UsersService } from '../users/users.service.js';
import { type MeDto, meDto, toMeDto, toVisitorDto, type VisitorDto, visitorDto } from './me.dto.js';

@ApiTags('me')
@Controller('auth/me')
export class MeController {
  constructor(
    private readonly users: UsersService,
    private readonly authz: AuthzService,
  ) {}

  @Get()
  @SignedIn({ visitors: true })
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Who you are and what you may do' })
  @ApiOkResponse({ standardSchema: z.union([meDto, visitorDto]), description: 'You' })
  async read(@CurrentUser() { userId, orgId }: UserPrincipal): Promise<MeDto | VisitorDto> {
    const grants = await this.authz.grantsOf(userId, orgId);
    return grants.role === visitorRole ? toVisitorDto(grants) : toMeDto(await this.users.get(userId), grants);
  }
}
