import { Body, Controller, Get, Ip, Param, Patch, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, RequirePermission, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { userId } from '../users/users.dto.js';
import { UsersService } from '../users/users.service.js';
import {
  type AdministeredUser,
  administeredUser,
  type AdministeredUserList,
  administeredUserList,
  toAdministeredUser,
  type UserChange,
  userChange,
  type UsersQuery,
  usersQuery,
} from './user-administration.dto.js';
import { UserAdministration } from './user-administration.service.js';
import { UserDirectory } from './user-directory.js';

@ApiTags('users')
@Controller('users')
export class UserAdministrationController {
  constructor(
    private readonly directory: UserDirectory,
    private readonly users: UsersService,
    private readonly administration: UserAdministration,
  ) {}

  @Get()
  @RequirePermission('users', 'read')
  @ApiOperation({ summary: 'Who has an account, newest first' })
  @ApiOkResponse({ standardSchema: administeredUserList, description: 'A page of users' })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field', 'cursor_invalid'] })
  async list(@Query({ schema: usersQuery }) query: UsersQuery): Promise<AdministeredUserList> {
    const { users, nextCursor } = await this.directory.list(query);
    return { data: users.map(toAdministeredUser), next_cursor: nextCursor };
  }

  @Get(':id')
  @RequirePermission('users', 'read')
  @ApiOperation({ summary: 'One user' })
  @ApiOkResponse({ standardSchema: administeredUser, description: 'The user' })
  @ApiProblems({ 400: ['validation_failed'], 404: ['user_not_found'] })
  async get(@Param('id', { schema: userId }) id: string): Promise<AdministeredUser> {
    return toAdministeredUser(await this.users.get(id));
  }

  @Patch(':id')
  @RequirePermission('users', 'write')
  @ApiOperation({
    summary: 'Change a role, suspend an account or let it in again',
    description: 'It is in force everywhere within two seconds. Suspending an account ends its login sessions.',
  })
  @ApiOkResponse({ standardSchema: administeredUser, description: 'The user as they are now' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    403: ['permission_denied', 'own_account'],
    404: ['user_not_found'],
    409: ['last_administrator', 'account_deactivated'],
  })
  async change(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @Param('id', { schema: userId }) id: string,
    @Body({ schema: userChange }) change: UserChange,
  ): Promise<AdministeredUser> {
    return toAdministeredUser(await this.administration.change({ principal, ipAddress }, id, change));
  }
}
