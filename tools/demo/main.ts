import { runDemo } from './demo.js';
import { help, readOptions, UsageError } from './options.js';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === 'help') print(help.trimEnd());
  else process.exitCode = await runDemo(options, print);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${help}`);
  process.exitCode = 1;
}
