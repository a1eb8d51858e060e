import { Child, type ChildPlan, describeEnd } from './child.js';
import { renderLine } from './render-line.js';

/** Long enough for a service to finish the answers that it is streaming. */
const defaultGraceMs = 25_000;

export interface SupervisorOptions {
  write: (text: string) => void;
  graceMs?: number;
}

/**
 * Keeps a set of programs running: all of them, or none. The first one that ends on its own ends the others. They are stopped
 * in the reverse order of their stages, so that no service loses its database during a request.
 */
export class Supervisor {
  /** The exit code, once everything has ended. */
  readonly finished: Promise<number>;
  /** Aborted as soon as the programs are being stopped; whoever is waiting for one to become ready gives up. */
  readonly stopping: AbortSignal;
  private readonly stages: Child[][] = [];
  private readonly controller = new AbortController();
  private finish!: (exitCode: number) => void;

  constructor(private readonly options: SupervisorOptions) {
    this.stopping = this.controller.signal;
    this.finished = new Promise((resolve) => (this.finish = resolve));
  }

  /** Starts programs that depend only on those started by earlier calls. */
  start(plans: readonly ChildPlan[]): Child[] {
    if (this.stopping.aborted) throw new Error('stopping');
    const stage = plans.map(
      (plan) =>
        new Child(plan, (name, line) => {
          if (!plan.takesLine?.(line)) this.say(renderLine(name, line));
        }),
    );
    this.stages.push(stage);
    for (const child of stage) void this.watch(child);
    return stage;
  }

  /** Stops everything; later calls change nothing. A program that does not end within the grace period is killed. */
  async stop(signal: NodeJS.Signals, exitCode: number): Promise<void> {
    if (this.stopping.aborted) return;
    this.controller.abort();
    const graceMs = this.options.graceMs ?? defaultGraceMs;
    for (const stage of this.stages.toReversed()) {
      await Promise.all(stage.map((child) => child.stop(signal, graceMs)));
    }
    this.finish(exitCode);
  }

  say(text: string): void {
    this.options.write(`${text}\n`);
  }

  private async watch(child: Child): Promise<void> {
    const ended = await child.ended;
    if (this.stopping.aborted) return;
    this.say(`[start] ${child.name} ended ${describeEnd(ended)}; the others are being stopped`);
    await this.stop('SIGTERM', 1);
  }
}
