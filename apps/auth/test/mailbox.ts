import { Clock, PeriodicJobs } from '@parley/platform';
import type { TestClock, TestService } from '@parley/testing';
import { AccountRequests } from '../src/account-requests/account-requests.js';
import { MailSender } from '../src/mail/mail-sender.js';

export interface ReceivedMail {
  id: string;
  subject: string;
  text: string;
  html: string;
}

/** From here on requests are dealt with and mails are sent when a test asks for the mailbox, and not in between. */
export async function deliverOnDemand(auth: TestService): Promise<void> {
  const jobs = auth.app.get(PeriodicJobs, { strict: false });
  for (const job of ['account requests', 'send mails']) await jobs.stop(job);
}

/** What has come for an address, newest first, when everything that is due was delivered. */
export async function mailsTo(auth: TestService, address: string): Promise<ReceivedMail[]> {
  // The clock stands still otherwise, and the newest mail could not be told.
  auth.app.get<TestClock>(Clock, { strict: false }).advance(1);
  await auth.app.get(AccountRequests, { strict: false }).workOff();
  await auth.app.get(MailSender, { strict: false }).sendDue();
  const { body } = await auth.http.get(`/dev/mailbox?to=${encodeURIComponent(address)}`);
  return body.data as ReceivedMail[];
}

/** The token in the link of a mail. */
export const tokenIn = ({ text }: ReceivedMail): string => /#token=([\w-]{43})$/m.exec(text)![1]!;

/** The token of the newest mail to an address, or of the newest that leads to a page. */
export async function mailedToken(auth: TestService, address: string, page = ''): Promise<string> {
  const mails = await mailsTo(auth, address);
  return tokenIn(mails.find(({ text }) => text.includes(`${page}#token=`))!);
}
