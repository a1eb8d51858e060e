import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentUser, RequirePermission, Sensitive, type UserPrincipal } from '@parley/auth';
import { ApiProblems, IdempotencyKey, readTimeCursor, toTimeCursor } from '@parley/platform';
import { EntryErrors } from '../entries/entries.errors.js';
import {
  type ChangeCreditRule,
  changeCreditRule,
  type CreateCreditRule,
  createCreditRule,
  type CreditRule,
  creditRule,
  creditRuleList,
  ruleGrantList,
  type RulesQuery,
  rulesQuery,
  toCreditRuleDto,
  toRuleGrantDto,
} from './credit-rules.dto.js';
import { CreditRulesService } from './credit-rules.service.js';
import { RuleGrantsService } from './rule-grants.service.js';

@ApiTags('credits')
@RequirePermission('credits', 'allocate')
@ApiProblems({ 403: ['permission_denied', 'user_token_required'], 503: ['store_unavailable', 'auth_unavailable'] })
@Controller('credits/rules')
export class CreditRulesController {
  constructor(
    private readonly rules: CreditRulesService,
    private readonly grants: RuleGrantsService,
  ) {}

  @Post()
  @Sensitive()
  @ApiOperation({
    summary: 'Makes a rule by which credits come',
    description:
      'A refill is given once for each period, to a user, to the pool of an organisation or to each of its active members. A ' +
      'starting balance is given once to each new user; of several rules for it the newest counts.',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: '1 to 255 visible ASCII characters' })
  @ApiCreatedResponse({ standardSchema: creditRule })
  @ApiProblems({
    400: ['amount_invalid', 'validation_failed', 'unknown_field', 'malformed_json', 'idempotency_key_invalid'],
    404: ['user_not_found', 'organization_not_found'],
    409: ['idempotency_mismatch'],
  })
  async create(
    @CurrentUser() actor: UserPrincipal,
    @Body({ schema: createCreditRule }) request: CreateCreditRule,
    @IdempotencyKey() key: string | undefined,
  ): Promise<CreditRule> {
    return toCreditRuleDto(await this.rules.create(actor.userId, request, key));
  }

  @Get()
  @ApiOperation({ summary: 'The rules that were not deleted, newest first' })
  @ApiOkResponse({ standardSchema: creditRuleList })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field', 'cursor_invalid'] })
  async list(@Query({ schema: rulesQuery }) { limit, cursor }: RulesQuery) {
    const from = cursor === undefined ? undefined : readTimeCursor(cursor);
    if (cursor !== undefined && !from) throw EntryErrors.cursorInvalid();
    const found = await this.rules.list(from, limit + 1);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const next = found.length > limit && last ? toTimeCursor(last.created_at, last._id) : null;
    return { data: page.map(toCreditRuleDto), next_cursor: next };
  }

  @Get(':rule_id')
  @ApiOperation({ summary: 'One rule, also a deleted one' })
  @ApiOkResponse({ standardSchema: creditRule })
  @ApiProblems({ 404: ['rule_not_found'] })
  async read(@Param('rule_id') ruleId: string): Promise<CreditRule> {
    return toCreditRuleDto(await this.rules.get(ruleId));
  }

  @Patch(':rule_id')
  @Sensitive()
  @ApiOperation({
    summary: 'Pauses a rule, or lets it go on',
    description: 'A period that passes while it is paused is not made up for.',
  })
  @ApiOkResponse({ standardSchema: creditRule })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    404: ['rule_not_found'],
    409: ['rule_deleted'],
  })
  async change(
    @CurrentUser() actor: UserPrincipal,
    @Param('rule_id') ruleId: string,
    @Body({ schema: changeCreditRule }) { state }: ChangeCreditRule,
  ): Promise<CreditRule> {
    return toCreditRuleDto(await this.rules.change(actor.userId, ruleId, state));
  }

  @Delete(':rule_id')
  @HttpCode(204)
  @Sensitive()
  @ApiOperation({ summary: 'Ends a rule for good; what it gave stays' })
  @ApiNoContentResponse({ description: 'It gives nothing any more' })
  @ApiProblems({ 404: ['rule_not_found'] })
  async delete(@CurrentUser() actor: UserPrincipal, @Param('rule_id') ruleId: string): Promise<void> {
    await this.rules.delete(actor.userId, ruleId);
  }

  @Get(':rule_id/grants')
  @ApiOperation({ summary: 'What a rule has given, by account and period' })
  @ApiOkResponse({ standardSchema: ruleGrantList })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field', 'cursor_invalid'], 404: ['rule_not_found'] })
  async given(@Param('rule_id') ruleId: string, @Query({ schema: rulesQuery }) { limit, cursor }: RulesQuery) {
    await this.rules.get(ruleId);
    const found = await this.grants.list(ruleId, cursor === undefined ? '' : readId(cursor), limit + 1);
    const page = found.slice(0, limit);
    return { data: page.map(toRuleGrantDto), next_cursor: found.length > limit ? toId(page.at(-1)!._id) : null };
  }
}

/** Where a list by ids ends. */
const toId = (id: string): string => Buffer.from(id).toString('base64url');

function readId(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!/^(rule|start):/.test(id) || toId(id) !== cursor) throw EntryErrors.cursorInvalid();
  return id;
}
