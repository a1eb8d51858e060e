import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** @throws DomainError when the caller may not send this request */
type Check = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/**
 * What is asked about a request while its body is still unread. Nest's guards come after the body has been received and
 * parsed, which would let anybody make a service do both; here a refusal costs no more than the headers.
 */
@Injectable()
export class BeforeBody {
  private readonly checks: Check[] = [];

  register(check: Check): void {
    this.checks.push(check);
  }

  async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    for (const check of this.checks) await check(request, reply);
  }
}
