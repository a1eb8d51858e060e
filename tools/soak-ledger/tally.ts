/** What happened, counted while it happens. */
export class Tally {
  kills = 0;
  delays = 0;
  duplicates = 0;
  droppedAnswers = 0;
  /** Calls that reached no accounting at all. */
  unreachable = 0;
  starts = 0;
  repeatedStarts = 0;
  outOfCredits = 0;
  topUps = 0;
  resumes = 0;
  reports = 0;
  repeatedReports = 0;
  forgeriesRefused = 0;
  lostConnections = 0;
  readonly faults: string[] = [];

  fault(text: string): void {
    this.faults.push(text);
  }

  toString(): string {
    return [
      `${this.kills} kills`,
      `${this.delays} delayed, ${this.duplicates} duplicated calls, ${this.droppedAnswers} dropped answers`,
      `${this.unreachable} calls without any accounting, ${this.lostConnections} connections lost`,
      `${this.starts} starts, ${this.repeatedStarts} repeated, ${this.outOfCredits} out of credits, ${this.topUps} top-ups`,
      `${this.resumes} resumes, ${this.reports} reports, ${this.repeatedReports} repeated`,
      `${this.forgeriesRefused} forged ids refused`,
    ].join('; ');
  }
}
