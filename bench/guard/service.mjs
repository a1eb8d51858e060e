// Two routes twice, with and without the guard: one that does nothing, and one that reads one document, as the smallest requests of
// the product do. Prints where it listens; `/cpu` says how much CPU time it has used.
import { Controller, Get } from '@nestjs/common';
import { Public, RequirePermission } from '../../dist-campaigns/libs/auth/src/index.js';
import { AuthLibModule } from '../../dist-campaigns/libs/auth/src/index.js';
import { chatPermissions } from '../../dist-campaigns/libs/contracts/src/index.js';
import { createLogger, SystemClock } from '../../dist-campaigns/libs/platform/src/index.js';
import mongoose from 'mongoose';
import { AuthStandIn, startTestService, tinyService } from '../../dist-campaigns/libs/testing/src/index.js';

const { connection } = await mongoose.connect(process.env.MONGODB_URI);
const accounts = connection.model('Account', new mongoose.Schema({ _id: String, balance_ucr: Number }));
await accounts.create({ _id: 'acc_1', balance_ucr: 1_000_000 });
const readAccount = () => accounts.findOne({ _id: 'acc_1' }).lean();

class Doors {
  open() {
    return { open: true };
  }
  guarded() {
    return { open: true };
  }
  readOpen() {
    return readAccount();
  }
  readGuarded() {
    return readAccount();
  }
  cpu() {
    return process.cpuUsage();
  }
}
const on = (name, ...decorators) => {
  const descriptor = Object.getOwnPropertyDescriptor(Doors.prototype, name);
  for (const decorate of decorators) decorate(Doors.prototype, name, descriptor);
};
Controller('doors')(Doors);
on('open', Get('open'), Public());
on('guarded', Get('guarded'), RequirePermission('chat', 'read'));
on('readOpen', Get('read-open'), Public());
on('readGuarded', Get('read-guarded'), RequirePermission('chat', 'read'));
on('cpu', Get('cpu'), Public());

const clock = new SystemClock();
const auth = await AuthStandIn.start(clock);
const credentials = { clientId: 'chat', clientSecret: 's'.repeat(32) };
const imports = [
  AuthLibModule.remote({ service: 'chat', authUrl: auth.url, credentials, permissions: chatPermissions }),
];
const logger = createLogger('bench', 'warn');
const service = await startTestService(tinyService(logger, [Doors], { imports, clock }), logger);
const tokens = Array.from({ length: 100 }, (_, index) => auth.user(`usr_${index}`, ['chat:*', 'models:read']));
console.log(`BENCH ${JSON.stringify({ url: service.url, tokens })}`);
process.on('SIGTERM', () => process.exit(0));
