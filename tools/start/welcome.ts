import { type ServiceName, serviceNames, serviceUrl, type StartSettings } from './settings.js';

/** The demo users that auth creates when SEED_DEMO is set. */
const demoUsers = [
  ['user1', 'user1@example.com', 'parley-user1-demo', 'a user, without credits until the administrator gives some'],
  ['user2', 'user2@example.com', 'parley-user2-demo', 'a second user, without credits'],
  ['admin', 'admin@example.com', 'parley-admin-demo', 'the platform administrator'],
] as const;

/** What to look at and what to try next, printed once when everything is ready. */
export function welcome(settings: StartSettings, database: string, hasDemoUsers: boolean): string {
  const services = serviceNames.map((name) => {
    const url = shownUrl(settings, name);
    return `  ${name.padEnd(11)} ${url}   pages about its API: ${url}/docs`;
  });
  const users = demoUsers.map(([name, email, password, role]) => `  ${name}  ${email}  ${password}  ${role}`);
  return [
    '',
    'Parley is ready.',
    '',
    ...services,
    `  database    ${database}`,
    '',
    ...(hasDemoUsers ? ['Demo users (name, e-mail, password):', ...users, '', ...tryNext(settings), ''] : []),
    'Ctrl-C stops everything; the next start finds the same data.',
    '',
  ].join('\n');
}

function tryNext(settings: StartSettings): string[] {
  const addresses = serviceNames.map((name) => ` --${name}-url ${shownUrl(settings, name)}`).join('');
  const isElsewhere = serviceNames.some((name, index) => settings.ports[name] !== 3000 + index);
  return [
    'Try next, in another terminal:',
    `  npm run demo${isElsewhere ? ` --${addresses}` : ''}`,
    `  curl -s ${shownUrl(settings, 'auth')}/auth/login -H 'content-type: application/json' \\`,
    `    -d '{"username":"user1","password":"parley-user1-demo"}'`,
  ];
}

/** With `localhost`, as people type it and as CORS_ORIGINS allows it in development. */
const shownUrl = (settings: StartSettings, name: ServiceName): string =>
  serviceUrl(settings, name).replace('//127.0.0.1:', '//localhost:');
