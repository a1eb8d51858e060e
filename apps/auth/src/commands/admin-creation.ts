import { FirstAdministratorModule } from '../first-administrator/first-administrator.module.js';
import { FirstAdministrator, linkLifeMinutes } from '../first-administrator/first-administrator.service.js';
import { mailCatalogue } from '../mail/templates/catalogue.js';
import { emailAddress } from '../users/names.js';
import { type Command, CommandRefused, type Given } from './command.js';

const usage = `Usage: admin-create --email ADDRESS [--name NAME] [--promote] [--again]
  --promote  an existing user with that address becomes an administrator
  --again    although there is an administrator already
It prints a link that sets the password, once.`;

/** `npm run admin:create` */
export const adminCreate: Command = {
  name: 'admin-create',
  usage,
  options: {
    email: { type: 'string' },
    name: { type: 'string' },
    promote: { type: 'boolean' },
    again: { type: 'boolean' },
  },
  imports: [FirstAdministratorModule],
  check: ({ email }, positionals) => {
    if (!emailAddress.safeParse(email).success || positionals.length > 0) {
      throw new CommandRefused(`Name one e-mail address.\n${usage}`);
    }
  },
  run: createAdministrator,
};

async function createAdministrator({ app, config, options, print }: Given): Promise<number> {
  const [firstName = '', ...lastNames] = String(options.name ?? '')
    .trim()
    .slice(0, 255)
    .split(/\s+/);
  const { token, promoted } = await app.get(FirstAdministrator).make({
    email: emailAddress.parse(options.email),
    firstName,
    lastName: lastNames.join(' '),
    promote: options.promote === true,
    again: options.again === true,
  });
  // What follows # is sent to no server and stands in no log.
  print(promoted ? 'The user is an administrator now.' : 'The administrator is there.');
  print(`This link sets the password. It works once, within ${linkLifeMinutes} minutes:`);
  print(`${config.mail.webUrl}${mailCatalogue.admin_link.path}#token=${token}`);
  return 0;
}
