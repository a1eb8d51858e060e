/** How many steps a run takes between two signs of life; a step is one transaction or one page. */
const stepsPerBeat = 50;

/** Renews a run from time to time, and ends it when it may not go on. */
export class Pulse {
  private steps = 0;

  /** @param renew keeps the run alive; false when it was given up or the service stops */
  constructor(private readonly renew: () => Promise<boolean>) {}

  /** @throws Error when the run may not go on */
  async beat(): Promise<void> {
    if (this.steps++ % stepsPerBeat !== 0) return;
    if (!(await this.renew())) throw new Error('the run was given up');
  }
}
