import { type ArgumentsHost, Catch, Inject } from '@nestjs/common';
import type { AuthenticatedRequest } from '@parley/auth';
import { LOGGER, type Logger, Metrics, ProblemFilter, toDomainError } from '@parley/platform';
import type { Counter } from 'prom-client';
import type { FastifyRequest } from 'fastify';

type ReportRequest = FastifyRequest<{ Params: { id?: string }; Body: unknown }> & AuthenticatedRequest;

/** Writes a security line for every refused streaming session id, whichever check refused it. */
@Catch()
export class RefusedReportsFilter extends ProblemFilter {
  private readonly refused: Counter<'code'>;

  constructor(
    @Inject(LOGGER) private readonly securityLogger: Logger,
    metrics: Metrics,
  ) {
    super(securityLogger);
    this.refused = metrics.counter('stream_id_refused_total', 'Reports with a streaming session id that was refused.', [
      'code',
    ]);
  }

  override catch(thrown: unknown, host: ArgumentsHost): void {
    const { code } = toDomainError(thrown);
    if (code.startsWith('stream_id_')) this.note(code, host.switchToHttp().getRequest<ReportRequest>());
    super.catch(thrown, host);
  }

  private note(code: string, { id, principal, params, ip }: ReportRequest): void {
    this.refused.inc({ code });
    const userId = principal?.kind === 'user' ? principal.userId : undefined;
    const facts = { code, user_id: userId, session_id: params.id, ip, request_id: id };
    this.securityLogger.warn({ event: 'security', ...facts }, 'a streaming session id was refused');
  }
}
