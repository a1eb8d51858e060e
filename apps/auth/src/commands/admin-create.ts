import { adminCreate } from './admin-creation.js';
import { runCommand } from './command.js';

await runCommand(adminCreate);
