import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '@parley/auth';
import {
  type Erasure,
  type EraseUser,
  erasure,
  eraseUser,
  type Merge,
  merge,
  type MergeVisitor,
  mergeVisitor,
  serviceScopes,
} from '@parley/contracts';
import { ApiProblems } from '@parley/platform';
import { DeparturesService } from './departures.service.js';

const malformed = ['validation_failed', 'unknown_field', 'malformed_json'];

/** What auth tells chat about those who are gone. */
@ApiTags('service to service')
@Controller('internal')
export class DeparturesController {
  constructor(private readonly departures: DeparturesService) {}

  @Post('erasures')
  @HttpCode(200)
  @RequireScope(serviceScopes.usersErase)
  @ApiOperation({ summary: "Remove a user's conversations; an answer that is being given ends and is paid" })
  @ApiOkResponse({ standardSchema: erasure, description: 'It is noted, and will come to its end whatever happens' })
  @ApiProblems({ 400: malformed })
  erase(@Body({ schema: eraseUser }) { user_id: userId }: EraseUser): Promise<Erasure> {
    return this.departures.erase(userId);
  }

  @Post('merges')
  @HttpCode(200)
  @RequireScope(serviceScopes.usersMerge)
  @ApiOperation({ summary: "Make a visitor's conversations a user's; an answer that is being given goes on" })
  @ApiOkResponse({ standardSchema: merge, description: 'Whose they are: the first such request counts' })
  @ApiProblems({ 400: malformed })
  merge(@Body({ schema: mergeVisitor }) { visitor_id, user_id }: MergeVisitor): Promise<Merge> {
    return this.departures.merge(visitor_id, user_id);
  }
}
