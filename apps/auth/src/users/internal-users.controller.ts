import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '@parley/auth';
import { type InternalUser, internalUser, serviceScopes } from '@parley/contracts';
import { ApiProblems } from '@parley/platform';
import { userId } from './users.dto.js';
import { UsersService } from './users.service.js';

/** What other services may know about a user. */
@ApiTags('service to service')
@Controller('internal/users')
export class InternalUsersController {
  constructor(private readonly users: UsersService) {}

  @Get(':id')
  @RequireScope(serviceScopes.usersRead)
  @ApiOperation({ summary: 'That a user exists' })
  @ApiOkResponse({ standardSchema: internalUser, description: 'The user and the state of the account' })
  @ApiProblems({ 400: ['validation_failed'], 404: ['user_not_found'] })
  async get(@Param('id', { schema: userId }) id: string): Promise<InternalUser> {
    const user = await this.users.get(id);
    return { id: user._id, status: user.status };
  }
}
