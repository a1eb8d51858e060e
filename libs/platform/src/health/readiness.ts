import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { Clock } from '../clock/clock.js';
import { ReadinessChecks } from './readiness-checks.js';

/** Anybody may ask, so the database is asked at most this often, however many do. */
const freshForMs = 500;

/** Whether everything that a service needs is there. */
@Injectable()
export class Readiness {
  private lastPing: { at: number; answered: Promise<boolean> } | undefined;

  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly checks: ReadinessChecks,
    private readonly clock: Clock,
  ) {}

  /** The names of what is missing. */
  async missing(): Promise<string[]> {
    const [hasDatabase, others] = await Promise.all([this.hasDatabase(), this.checks.missing()]);
    return [...(hasDatabase ? [] : ['database']), ...others];
  }

  private hasDatabase(): Promise<boolean> {
    const now = this.clock.now();
    if (!this.lastPing || now - this.lastPing.at >= freshForMs) this.lastPing = { at: now, answered: this.ping() };
    return this.lastPing.answered;
  }

  private ping(): Promise<boolean> {
    return this.connection
      .db!.admin()
      .ping({ timeoutMS: 1_000 })
      .then(
        () => true,
        () => false,
      );
  }
}
