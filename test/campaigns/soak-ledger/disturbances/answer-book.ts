import type { Tally } from '../books/tally.js';

interface Asked {
  method: string;
  path: string;
}
interface Answered {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Counts accounting's answers, and those that repeat an earlier one. */
export class AnswerBook {
  private readonly closed = new Set<string>();

  constructor(private readonly tally: Tally) {}

  note(call: Asked, answer: Answered): void {
    const name = nameOf(call);
    const code = answer.status >= 400 ? codeIn(answer.body) : 'done';
    this.tally.answered(`${name} ${answer.status} ${code}`);
    if (answer.status < 300 && this.isReplay(name, call, answer)) this.tally.answered(`${name} replayed`);
  }

  private isReplay(name: string, { path }: Asked, { status, headers }: Answered): boolean {
    if (name === 'hold') return status === 200;
    if (name !== 'settle' && name !== 'release') return headers['idempotency-replayed'] === 'true';
    if (this.closed.has(path)) return true;
    this.closed.add(path);
    return false;
  }
}

/** `hold`, `progress`, `settle`, `allocations` …: the last part of the path that is not an id. */
function nameOf({ method, path }: Asked): string {
  const words = path.split('?', 1)[0]!.split('/').filter(Boolean);
  if (words[0] === 'holds') return words[2] ?? (method === 'POST' ? 'hold' : 'read');
  return words[0] === 'credits' || words[0] === 'ledger' ? words[1]! : words[0]!;
}

function codeIn(body: Buffer): string {
  try {
    return String((JSON.parse(body.toString('utf8')) as { code?: unknown }).code);
  } catch {
    return 'unknown';
  }
}
