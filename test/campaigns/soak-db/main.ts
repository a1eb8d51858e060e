/** `npm run soak:db -- [--rounds 200] [--seed N]`: the embedded database is killed again and again while it is written to. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { withDirectory } from '../database/database-process.js';
import { runCampaign } from './campaign.js';
import type { Counts } from './book.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
if (!(rounds > 0) || !Number.isInteger(seed)) throw new Error('--rounds and --seed are whole numbers');

const show = ({ acknowledged, transactions, conflicts, unanswered, sentAgain, checks, rounds: done }: Counts) =>
  `${done} rounds, ${acknowledged} acknowledged writes (${transactions} of them transactions), ${conflicts} conflicts, ` +
  `${unanswered} writes left unanswered, ${sentAgain} sent again, ${checks} checks`;

console.log(`soak:db: seed ${seed}`);
const { counts, faults } = await withDirectory((directory) =>
  runCampaign({
    script: 'dist/libs/embedded-mongo/src/main.js',
    directory: path.join(directory, 'data'),
    rounds,
    seed,
    onRound: (now) => now.rounds % 20 === 0 && console.log(`soak:db: ${show(now)}`),
  }),
);
for (const fault of faults) console.log(`soak:db: ${fault}`);
console.log(`soak:db: ${show(counts)}; ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
