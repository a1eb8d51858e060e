import type { DoneEvent } from '@parley/contracts';

/** Counts what happens. */
export class Tally {
  kills = 0;
  databaseKills = 0;
  cutOffs = 0;
  delays = 0;
  duplicates = 0;
  droppedAnswers = 0;
  /** Calls that reached no instance of accounting. */
  unreachable = 0;
  starts = 0;
  repeatedStarts = 0;
  outOfCredits = 0;
  topUps = 0;
  /** Answers in a conversation that had stopped for lack of credits or at a cap. */
  goneOn = 0;
  adjustments = 0;
  refunds = 0;
  correctionsRefused = 0;
  soundRuns = 0;
  resumes = 0;
  reports = 0;
  repeatedReports = 0;
  forgeriesRefused = 0;
  lostConnections = 0;
  readonly faults: string[] = [];
  /** How often accounting gave an answer, by `<call> <status> <code>`. */
  readonly answers = new Map<string, number>();
  /** The endings that clients were told, by stream. */
  readonly dones = new Map<string, DoneEvent[]>();

  fault(text: string): void {
    this.faults.push(text);
  }

  answered(what: string): void {
    this.answers.set(what, (this.answers.get(what) ?? 0) + 1);
  }

  told(streamId: string, done: DoneEvent): void {
    this.dones.set(streamId, [...(this.dones.get(streamId) ?? []), done]);
  }

  /** How many of accounting's answers match. */
  count(pattern: RegExp): number {
    return [...this.answers].reduce((sum, [what, count]) => (pattern.test(what) ? sum + count : sum), 0);
  }

  toString(): string {
    return [
      `${this.kills} services killed, ${this.databaseKills} times the database; ${this.cutOffs} times accounting cut off`,
      `${this.delays} delayed, ${this.duplicates} duplicated calls, ${this.droppedAnswers} dropped answers`,
      `${this.unreachable} calls without any accounting, ${this.lostConnections} connections lost`,
      `${this.starts} starts, ${this.repeatedStarts} repeated, ${this.outOfCredits} out of credits, ${this.topUps} top-ups`,
      `${this.resumes} resumes, ${this.reports} reports, ${this.repeatedReports} repeated`,
      `${this.forgeriesRefused} forged ids refused`,
    ].join('; ');
  }
}
