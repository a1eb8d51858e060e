import { parseArgs } from 'node:util';

export type ServiceName = 'auth' | 'accounting' | 'chat';

export interface DemoOptions {
  /** The address of a route of a service. */
  address: (service: ServiceName, path: string) => string;
  user: Login;
  admin: Login;
  /** By default the first one that has a price. */
  model: string | undefined;
  amountUcr: number;
}

export interface Login {
  name: string;
  password: string;
}

export const ucrPerCredit = 1_000_000;

export const help = `npm run demo -- [options]: the whole way of a paid answer against running services

  --auth-url URL        default http://localhost:3000
  --accounting-url URL  default http://localhost:3001
  --chat-url URL        default http://localhost:3002
  --base-url URL        one address for all three, e.g. http://localhost:8080; every path then begins with /api
  --user NAME           user name or e-mail address, default user1
  --password WORD       default DEMO_PASSWORD of the environment, else the published one of user1
  --admin NAME          an administrator who may allocate credits, default admin
  --admin-password WORD default DEMO_ADMIN_PASSWORD of the environment, else the published one of admin
  --model ID            default: the first one that has a price
  --credits NUMBER      what the user is given, default 5
`;

const settings = {
  'auth-url': { type: 'string', default: 'http://localhost:3000' },
  'accounting-url': { type: 'string', default: 'http://localhost:3001' },
  'chat-url': { type: 'string', default: 'http://localhost:3002' },
  'base-url': { type: 'string' },
  user: { type: 'string', default: 'user1' },
  password: { type: 'string' },
  admin: { type: 'string', default: 'admin' },
  'admin-password': { type: 'string' },
  model: { type: 'string' },
  credits: { type: 'string', default: '5' },
  help: { type: 'boolean', default: false },
} as const;

/** The command line is not valid; the message says why. */
export class UsageError extends Error {}

/**
 * An exposed demo has passwords of its own. In the environment they are not in the list of processes, as on the command line.
 * @throws UsageError
 */
export function readOptions(
  argv: readonly string[],
  { DEMO_PASSWORD, DEMO_ADMIN_PASSWORD }: Readonly<Record<string, string | undefined>> = {},
): DemoOptions | 'help' {
  const given = parse(argv);
  if (given.help) return 'help';
  const amountUcr = Math.round(Number(given.credits) * ucrPerCredit);
  if (!Number.isSafeInteger(amountUcr) || amountUcr < 1) throw new UsageError('--credits must be a number above 0');
  const base = given['base-url'];
  const urls = { auth: given['auth-url'], accounting: given['accounting-url'], chat: given['chat-url'] };
  return {
    address: base === undefined ? separate(urls) : behindOneEdge(checkUrl(base)),
    user: { name: given.user, password: given.password ?? (DEMO_PASSWORD || 'parley-user1-demo') },
    admin: { name: given.admin, password: given['admin-password'] ?? (DEMO_ADMIN_PASSWORD || 'parley-admin-demo') },
    model: given.model,
    amountUcr,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: settings, strict: true }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function separate(urls: Record<ServiceName, string>): DemoOptions['address'] {
  const checked = { auth: checkUrl(urls.auth), accounting: checkUrl(urls.accounting), chat: checkUrl(urls.chat) };
  return (service, path) => `${checked[service]}${path}`;
}

/** Behind one origin paths tell the services apart, except for the health check, which all of them have. */
const behindOneEdge =
  (base: string): DemoOptions['address'] =>
  (service, path) =>
    path === '/health' ? `${base}/api/health/${service}` : `${base}/api${path}`;

function checkUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text)) throw new UsageError(`not an http address: ${text}`);
  return text.replace(/\/+$/, '');
}
