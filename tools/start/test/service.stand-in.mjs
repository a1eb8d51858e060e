/** Stands in for the service that its file is named after: ready at once, says which signal it got, dies when asked to. */
import { createServer } from 'node:http';
import path from 'node:path';

const name = path.basename(process.argv[1], '.mjs');
const port = Number(process.env[`${name.toUpperCase()}_PORT`]);
const does = (behaviour) => process.env.STAND_IN === `${name} ${behaviour}`;

if (does('refuses to start')) {
  console.error('the configuration is not usable');
  process.exit(3);
}

if (name === 'auth' && process.env.SEED_DEMO === 'exposed') console.log('demo password of user1: random-of-user1');

const server = createServer((request, response) => {
  if (request.url === '/die') process.exit(7);
  response.writeHead(request.url === '/health/ready' ? 200 : 404).end('{}');
});
server.listen(port, '127.0.0.1', () => console.log(JSON.stringify({ level: 'info', msg: 'listening', port })));

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    console.log(JSON.stringify({ level: 'info', msg: `got ${signal}` }));
    if (!does('ignores signals')) process.exit(0);
  });
}
