import { Injectable } from '@nestjs/common';

type Check = () => boolean | Promise<boolean>;

/** What else a service needs before it is ready; features register their checks by name. */
@Injectable()
export class ReadinessChecks {
  private readonly checks = new Map<string, Check>();

  register(name: string, check: Check): void {
    this.checks.set(name, check);
  }

  async missing(): Promise<string[]> {
    const verdicts = await Promise.all(
      [...this.checks].map(async ([name, check]) => ({ name, ok: await Promise.resolve(check()).catch(() => false) })),
    );
    return verdicts.filter(({ ok }) => !ok).map(({ name }) => name);
  }
}
