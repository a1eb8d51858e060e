import { Controller, Delete, HttpCode, Ip, Param } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, RequirePermission, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { userId } from '../users/users.dto.js';
import { UserErasures } from './user-erasures.service.js';

@ApiTags('users')
@Controller('users/:id')
export class UserErasuresController {
  constructor(private readonly erasures: UserErasures) {}

  @Delete()
  @HttpCode(204)
  @RequirePermission('users', 'erase')
  @ApiOperation({
    summary: 'Erase a user for good',
    description:
      'Their sign-in, personal data and conversations are removed; the ledger keeps its entries under an id that names nobody. It cannot be undone.',
  })
  @ApiNoContentResponse({ description: 'Gone from here; the other services follow, whatever happens' })
  @ApiProblems({
    400: ['validation_failed'],
    403: ['permission_denied', 'own_account'],
    404: ['user_not_found'],
    409: ['last_administrator'],
  })
  erase(
    @CurrentUser() actor: UserPrincipal,
    @Ip() ipAddress: string,
    @Param('id', { schema: userId }) id: string,
  ): Promise<void> {
    return this.erasures.erase(actor, ipAddress, id);
  }
}
