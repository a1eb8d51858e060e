import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@parley/auth';
import { price } from '@parley/contracts';
import { z } from 'zod';
import { AccountingClient } from '../accounting/accounting-client.js';
import { ModelCatalogue } from './model-catalogue.js';

const modelList = z
  .object({
    data: z.array(
      z.object({
        id: z.string(),
        provider: z.string(),
        context_tokens: z.int(),
        max_output_tokens: z.int(),
        price: price.nullable().meta({ description: 'null: not priced yet, so it cannot be used' }),
      }),
    ),
  })
  .meta({ id: 'ModelList' });

@ApiTags('models')
@Controller('chat/models')
export class ModelsController {
  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly accounting: AccountingClient,
  ) {}

  @Get()
  @RequirePermission('models', 'read')
  @ApiOperation({ summary: 'The models that can answer, with their prices' })
  @ApiOkResponse({ standardSchema: modelList, description: 'All models' })
  async list() {
    const [models, prices] = await Promise.all([this.catalogue.list(), this.accounting.prices()]);
    const byModel = new Map(prices.map((each) => [each.model, each]));
    return {
      data: models.map((model) => ({
        id: model.id,
        provider: model.provider,
        context_tokens: model.contextTokens,
        max_output_tokens: model.maxOutputTokens,
        price: byModel.get(model.id) ?? null,
      })),
    };
  }
}
