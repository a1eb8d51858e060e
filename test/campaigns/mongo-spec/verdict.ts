/** One test of a run, as the runner's `--json` file has it. */
export interface TestResult {
  name: string;
  status: 'passed' | 'failed' | 'skipped';
  reason?: string;
}

/** Why each refused test cannot pass, by its name. A reason begins with the code of the error that the server refuses with. */
export type Refusals = Readonly<Record<string, string>>;

export interface Verdict {
  passed: number;
  refused: number;
  skipped: number;
  /** One sentence for each test that does not do what the list says. */
  faults: string[];
}

/** Judges a run: a test may fail only if it is in the list, and only with the error named there. */
export function judge(results: readonly TestResult[], refusals: Refusals): Verdict {
  const faults: string[] = [];
  const ran = new Map(results.map((result) => [result.name, result]));
  for (const { name, status, reason = 'no reason given' } of results) {
    if (status === 'failed' && !Object.hasOwn(refusals, name)) faults.push(`fails: ${name}: ${reason}`);
  }
  for (const [name, why] of Object.entries(refusals)) {
    const fault = faultOf(ran.get(name), why);
    if (fault) faults.push(`${fault}: ${name}`);
  }
  const count = (status: TestResult['status']) => results.filter((result) => result.status === status).length;
  return { passed: count('passed'), refused: count('failed'), skipped: count('skipped'), faults };
}

function faultOf(result: TestResult | undefined, why: string): string | undefined {
  if (!result) return 'is in the list but was not run';
  if (result.status !== 'failed') return `is in the list but ${result.status === 'passed' ? 'passes' : 'is skipped'}`;
  const [, refusedWith] = /\bMongo\w*Error (\d+):/.exec(result.reason ?? '') ?? [];
  const code = /^\d+/.exec(why)?.[0];
  return code !== undefined && refusedWith === code
    ? undefined
    : `is in the list with "${why}" but fails otherwise (${result.reason ?? 'no reason given'})`;
}
