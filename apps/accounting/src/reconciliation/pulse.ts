/** How many steps of a run go by before it says again that it goes on; a step is one transaction or one page. */
const stepsPerBeat = 50;

/** Says from time to time that a run goes on, and ends it when it may not. */
export class Pulse {
  private steps = 0;

  /** @param renew says that the run goes on; false when somebody has given it up or the service ends */
  constructor(private readonly renew: () => Promise<boolean>) {}

  /** @throws Error when the run may not go on */
  async beat(): Promise<void> {
    if (this.steps++ % stepsPerBeat !== 0) return;
    if (!(await this.renew())) throw new Error('the run was given up');
  }
}
