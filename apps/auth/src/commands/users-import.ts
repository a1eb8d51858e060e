import { runCommand } from './command.js';
import { usersImport } from './import-of-users.js';

await runCommand(usersImport);
