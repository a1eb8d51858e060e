import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, SignedIn, type UserPrincipal } from '@parley/auth';
import { AuthzService } from '../authz/authz.service.js';
import { UsersService } from '../users/users.service.js';
import { type MeDto, meDto, toMeDto } from './me.dto.js';

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
  @ApiOkResponse({ standardSchema: meDto, description: 'You' })
  async read(@CurrentUser() { userId, orgId }: UserPrincipal): Promise<MeDto> {
    const [user, grants] = await Promise.all([this.users.get(userId), this.authz.grantsOf(userId, orgId)]);
    return toMeDto(user, grants);
  }
}
