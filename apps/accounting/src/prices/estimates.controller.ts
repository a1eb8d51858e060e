import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { toUcr } from '../ledger/amount.js';
import { highestCost, lowestCost } from './cost.js';
import { ratesOf } from './price-version.schema.js';
import { type CreateEstimate, createEstimate, type Estimate, estimate } from './prices.dto.js';
import { PricesService } from './prices.service.js';

@ApiTags('credits')
@Controller('credits/estimate')
export class EstimatesController {
  constructor(private readonly prices: PricesService) {}

  @Post()
  @HttpCode(200)
  @RequirePermission('credits', 'estimate')
  @ApiOperation({
    summary: 'What a call would cost, from no output at all to the most that is asked for',
    description:
      'The same function computes the hold and the settlement. Nothing is held. Input counts at its cheapest rate for the least and ' +
      'at its dearest for the most: whether the provider will cache it is not known before.',
  })
  @ApiOkResponse({ standardSchema: estimate })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    403: ['permission_denied', 'user_token_required'],
    422: ['model_not_priced'],
    503: ['store_unavailable', 'auth_unavailable'],
  })
  async estimate(@Body({ schema: createEstimate }) request: CreateEstimate): Promise<Estimate> {
    const price = await this.prices.current(request.model);
    const { input_tokens: input, max_output_tokens: output } = request;
    return {
      min_ucr: toUcr(lowestCost({ input, output: 0 }, ratesOf(price))),
      max_ucr: toUcr(highestCost({ input, output }, ratesOf(price))),
      price_id: price._id,
    };
  }
}
