import { applyDecorators, Body, Controller, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, RequirePermission, Sensitive, type UserPrincipal } from '@parley/auth';
import { ApiProblems, IdempotencyKey } from '@parley/platform';
import type { FastifyReply } from 'fastify';
import type { Booked } from '../bookings/bookings.service.js';
import {
  type Correction,
  correction,
  createAdjustment,
  type CreateAdjustment,
  createRefund,
  type CreateRefund,
  toCorrectionDto,
} from './corrections.dto.js';
import { CorrectionsService } from './corrections.service.js';

const CorrectionAnswers = (refusals: Readonly<Record<number, readonly string[]>>) =>
  applyDecorators(
    RequirePermission('credits', 'adjust'),
    Sensitive(),
    ApiHeader({ name: 'Idempotency-Key', required: false, description: '1 to 255 visible ASCII characters' }),
    ApiCreatedResponse({ standardSchema: correction }),
    ApiProblems({
      400: ['amount_invalid', 'validation_failed', 'unknown_field', 'malformed_json', 'idempotency_key_invalid'],
      403: ['permission_denied', 'user_token_required'],
      409: ['idempotency_mismatch'],
      423: ['account_frozen'],
      503: ['ledger_busy', 'store_unavailable', 'auth_unavailable'],
      ...refusals,
    }),
  );

@ApiTags('credits')
@Controller('credits')
export class CorrectionsController {
  constructor(private readonly corrections: CorrectionsService) {}

  @Post('adjustments')
  @ApiOperation({ summary: 'Adds credits to an account or takes them, but never those that a hold has set aside' })
  @CorrectionAnswers({ 404: ['account_not_found'], 422: ['would_break_holds', 'balance_limit'] })
  async adjust(
    @CurrentUser() actor: UserPrincipal,
    @Body({ schema: createAdjustment }) request: CreateAdjustment,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Correction> {
    return answer(await this.corrections.adjust(actor.userId, request, key), reply);
  }

  @Post('refunds')
  @ApiOperation({
    summary: 'Gives back what was charged for a hold, or a part of it',
    description:
      'Several refunds of one charge add up, and never to more than the charge. Without an amount: all that is left.',
  })
  @CorrectionAnswers({ 404: ['entry_not_found'], 422: ['refund_exceeds_charge', 'balance_limit'] })
  async refund(
    @CurrentUser() actor: UserPrincipal,
    @Body({ schema: createRefund }) request: CreateRefund,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Correction> {
    return answer(await this.corrections.refund(actor.userId, request, key), reply);
  }
}

function answer({ entry, replayed }: Booked, reply: FastifyReply): Correction {
  if (replayed) reply.header('idempotency-replayed', 'true');
  return toCorrectionDto(entry);
}
