import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, Public } from '@parley/platform';
import { captureLogs } from './log-capture.js';
import { TestClock } from './test-clock.js';
import { compileTestModule, startTestService } from './test-service.js';
import { tinyService } from './tiny-service.js';

@Public()
@Controller('time')
class TimeController {
  constructor(private readonly clock: Clock) {}

  @Get()
  read() {
    return { now: this.clock.now() };
  }
}

@Injectable()
class Refusing implements OnApplicationBootstrap, OnModuleDestroy {
  static ended = 0;

  onApplicationBootstrap(): void {
    throw new Error('not without a licence');
  }

  onModuleDestroy(): void {
    Refusing.ended += 1;
  }
}

describe('startTestService', () => {
  const { logger } = captureLogs();
  const later = { provide: Clock, useValue: new TestClock(5) };

  it('answers as the service does, with the providers that the test replaces', async () => {
    const service = await startTestService(tinyService(logger, [TimeController]), logger, {}, [later]);
    const answer = await service.http.get('/api/time');
    await service.close();
    expect([answer.status, answer.body]).toEqual([200, { now: 5 }]);
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('closes what a service that refuses to start has opened', async () => {
    const module = tinyService(logger, [], { providers: [Refusing] });
    await expect(startTestService(module, logger)).rejects.toThrow('not without a licence');
    expect(Refusing.ended).toBe(1);
  });
});

describe('compileTestModule', () => {
  it('has the providers of a module, and no server', async () => {
    const { logger } = captureLogs();
    const compiled = await compileTestModule(tinyService(logger, []), logger, [
      { provide: Clock, useValue: new TestClock(7) },
    ]);
    expect(compiled.get(Clock, { strict: false }).now()).toBe(7);
    await compiled.close();
  });
});
