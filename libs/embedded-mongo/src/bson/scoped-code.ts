import { Code } from 'bson';

/** JavaScript with its scope, which nothing here ever runs: it is kept as the bytes that came. */
export class ScopedCode extends Code {
  constructor(
    code: string,
    readonly bytes: Buffer,
  ) {
    super(code, {});
  }
}
