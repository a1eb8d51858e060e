/** How often a call is attempted when the network fails, and the first pause; each further pause is twice as long. */
const maxAttempts = 6;
const firstPauseMs = 200;
/** An answer that takes longer never ends: the server itself stops a generation after ten minutes. */
const patienceMs = 660_000;

export type Pause = (ms: number) => Promise<void>;

export const sleep: Pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Nobody answered, or the answer broke off. */
export class NetworkError extends Error {}

export interface Received {
  status: number;
  headers: Headers;
  text: string;
}

/**
 * Makes one exchange, repeating it with growing pauses while the network fails. An answer is never a reason to ask again,
 * whatever it says. Whoever repeats something that costs money must send the same Idempotency-Key each time.
 */
export async function exchange(url: string, init: RequestInit, pause: Pause): Promise<Received> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(patienceMs) });
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch (error) {
      if (attempt === maxAttempts) throw new NetworkError(`${new URL(url).origin}: ${reasonOf(error)}`);
      await pause(firstPauseMs * 2 ** (attempt - 1));
    }
  }
}

function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? (error as Error).message;
}
