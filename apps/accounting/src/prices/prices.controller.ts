import { Body, Controller, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, Public, RequirePermission, Sensitive, type UserPrincipal } from '@parley/auth';
import { price, priceList } from '@parley/contracts';
import { ApiProblems } from '@parley/platform';
import { type CreatePrice, createPrice, modelParam, type PricesQuery, pricesQuery, toPriceDto } from './prices.dto.js';
import { PricesService } from './prices.service.js';

@ApiTags('prices')
@Controller('prices')
export class PricesController {
  constructor(private readonly prices: PricesService) {}

  @Get()
  @Public()
  @ApiOperation({ summary: 'The prices in force, by model' })
  @ApiOkResponse({ standardSchema: priceList })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field'], 503: ['store_unavailable'] })
  async list(@Query({ schema: pricesQuery }) { limit, cursor = '' }: PricesQuery) {
    const records = await this.prices.list(cursor, limit + 1);
    const data = records.slice(0, limit).map(toPriceDto);
    return { data, next_cursor: records.length > limit ? data.at(-1)!.model : null };
  }

  @Put(':model')
  @RequirePermission('prices', 'write')
  @Sensitive()
  @HttpCode(201)
  @ApiOperation({
    summary: "Puts a new version of a model's price in force",
    description: 'Versions are never changed: what is already held or settled keeps the version it was priced with.',
  })
  @ApiCreatedResponse({ standardSchema: price })
  @ApiProblems({
    400: ['amount_invalid', 'price_invalid', 'validation_failed', 'unknown_field', 'malformed_json'],
    403: ['permission_denied', 'user_token_required'],
    503: ['ledger_busy', 'store_unavailable', 'auth_unavailable'],
  })
  async replace(
    @CurrentUser() actor: UserPrincipal,
    @Param('model', { schema: modelParam }) model: string,
    @Body({ schema: createPrice }) body: CreatePrice,
  ) {
    return toPriceDto(await this.prices.create(actor.userId, model, body));
  }
}
