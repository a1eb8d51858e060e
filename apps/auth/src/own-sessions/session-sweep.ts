import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, PeriodicJobs } from '@parley/platform';
import type { Model } from 'mongoose';
import { keptAfterEndMs, LOGIN_SESSIONS, type LoginSession } from '../login-sessions/login-session.schema.js';
import { REFRESH_LIFE, type RefreshLife } from '../login-sessions/refresh-life.js';

const hourMs = 3_600_000;
/** Ends sessions that nobody renewed, and forgets those that have been over for a month. */
@Injectable()
export class SessionSweep implements OnModuleInit {
  constructor(
    @InjectModel(LOGIN_SESSIONS) private readonly loginSessions: Model<LoginSession>,
    @Inject(REFRESH_LIFE) private readonly life: RefreshLife,
    private readonly jobs: PeriodicJobs,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.jobs.every(hourMs, 'login-sessions sweep', () => this.sweep());
  }

  /** Those who expired have no live access token any more, so nobody needs to be told. */
  async sweep(): Promise<void> {
    const now = this.clock.now();
    const before = (ms: number) => ({ $lte: new Date(now - ms) });
    const over = { $set: { ended_at: new Date(now), end_reason: 'expired' as const } };
    const { idleSeconds, absoluteSeconds } = this.life;
    await this.loginSessions.updateMany({ ended_at: null, refreshed_at: before(idleSeconds * 1_000) }, over);
    await this.loginSessions.updateMany({ ended_at: null, created_at: before(absoluteSeconds * 1_000) }, over);
    await this.loginSessions.deleteMany({ ended_at: before(keptAfterEndMs) });
  }
}
