import { text } from 'node:stream/consumers';
import { inspectToken } from '../token-inspection/inspect-token.js';

const usage = `Usage: auth-inspect TOKEN
  TOKEN  an access token; - reads it from standard input, where no list of processes and no history of the shell shows it
It says what the token says about itself, and checks no signature.`;

const [given, ...more] = process.argv.slice(2);

if (given === undefined || more.length > 0) {
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
} else if (given === '--help') {
  process.stdout.write(`${usage}\n`);
} else {
  // The only clock here is the terminal's: a token that expired a moment ago on another machine may be good here.
  const { isDecoded, lines } = inspectToken(given === '-' ? await text(process.stdin) : given, Date.now());
  (isDecoded ? process.stdout : process.stderr).write(`${lines.join('\n')}\n`);
  process.exitCode = isDecoded ? 0 : 1;
}
