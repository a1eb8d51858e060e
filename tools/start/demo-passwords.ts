import type { DemoMode } from '../../apps/auth/src/demo-users/demo-mode.js';

/** As auth shows a random password, once. */
const shownPassword = /^demo password of (\w+): (\S+)$/;

/** The passwords of the demo users, as far as somebody may know them: the published ones, or those that auth has just made. */
export class DemoPasswords {
  private readonly made = new Map<string, string>();

  constructor(private readonly mode: DemoMode) {}

  /** Takes the line when it shows a password: it is told once, with the rest that the reader needs. */
  takesLine = (line: string): boolean => {
    const [, username, password] = shownPassword.exec(line) ?? [];
    if (username && password) this.made.set(username, password);
    return username !== undefined;
  };

  /** @returns undefined when it was told at an earlier start */
  of(username: string): string | undefined {
    return this.mode === 'published' ? `parley-${username}-demo` : this.made.get(username);
  }
}
