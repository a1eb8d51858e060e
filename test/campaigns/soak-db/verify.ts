import { isDeepStrictEqual } from 'node:util';
import type { Document } from 'bson';
import { CommandFailed, type WireClient } from '../database/wire-client.js';
import { ACCOUNTS, OPENING_BALANCE, type Book, type Counts, type NoteWrite } from './book.js';
import { COLLECTIONS, DB, readAll } from './collections.js';
import { checkIndexes } from './index-check.js';

const NO_SUCH_TRANSACTION = 251;

/** Compares the database after a restart with the book, then repeats what went unanswered and compares once more. */
export async function verify(client: WireClient, book: Book, counts: Counts): Promise<void> {
  await checkNotes(client, book, counts);
  await checkTransfers(client, book, counts);
  for (const name of COLLECTIONS) counts.checks += await checkIndexes(client, name, (text) => book.fault(text));
  for (const write of book.lastWrites.values()) await sendAgain(client, book, counts, write);
  for (const transfer of book.transfers.values()) {
    if (transfer.state === 'unknown') transfer.state = await commitAgain(client, transfer.commit, counts);
  }
  await checkNotes(client, book, counts);
  await checkTransfers(client, book, counts);
}

/** Every note is as acknowledged; one whose last write went unanswered may be as before that write or as after it. */
async function checkNotes(client: WireClient, book: Book, counts: Counts): Promise<void> {
  const stored = new Map((await readAll(client, 'notes')).map((note) => [String(note._id), note]));
  const unanswered = new Map<string, NoteWrite>();
  for (const write of book.lastWrites.values()) if (!write.answer) unanswered.set(write.id, write);
  for (const id of new Set([...stored.keys(), ...book.notes.keys(), ...unanswered.keys()])) {
    const open = unanswered.get(id);
    const allowed = open ? [open.before, open.after] : [book.notes.get(id)];
    if (!allowed.some((note) => isDeepStrictEqual(note, stored.get(id))))
      book.fault(`note ${id} is ${JSON.stringify(stored.get(id))}, allowed ${JSON.stringify(allowed)}`);
    counts.checks++;
  }
}

/** A transfer is stored completely or not at all, and never contrary to what was acknowledged. */
async function checkTransfers(client: WireClient, book: Book, counts: Counts): Promise<void> {
  const entries = new Map((await readAll(client, 'entries')).map((entry) => [String(entry._id), entry]));
  const receipts = new Set((await readAll(client, 'receipts')).map(({ _id }) => String(_id)));
  const balances = new Array<number>(ACCOUNTS).fill(OPENING_BALANCE);
  for (const { id, from, to, amount, state } of book.transfers.values()) {
    const there = entries.delete(id);
    if (there !== receipts.delete(id)) book.fault(`transfer ${id} has only one of its two documents`);
    if (state === 'committed' && !there) book.fault(`transfer ${id} was acknowledged and is lost`);
    if (state === 'absent' && there) book.fault(`transfer ${id} is there and was never committed`);
    if (there) [balances[from], balances[to]] = [balances[from]! - amount, balances[to]! + amount];
    counts.checks++;
  }
  if (entries.size + receipts.size > 0) book.fault('there are transfers that nobody made');
  for (const { _id, balance } of await readAll(client, 'accounts')) {
    if (balance !== balances[Number(_id)]) book.fault(`account ${_id} has ${balance}, not ${balances[Number(_id)]}`);
    counts.checks++;
  }
}

/** A retryable write that is repeated gets its first answer again and is carried out once. */
async function sendAgain(client: WireClient, book: Book, counts: Counts, write: NoteWrite): Promise<void> {
  const answer = await client.run({ ...write.command, $db: DB });
  if (!write.answer) counts.unanswered++;
  else if (!isDeepStrictEqual(coreOf(answer), coreOf(write.answer)))
    book.fault(`sent again, ${write.id} was answered ${JSON.stringify(answer)} and not as the first time`);
  write.answer = answer;
  book.settle(write);
  counts.sentAgain++;
}

const coreOf = (answer: Document): unknown[] => [answer.n, answer.nModified, answer.value];

async function commitAgain(client: WireClient, commit: Document, counts: Counts): Promise<'committed' | 'absent'> {
  counts.unanswered++;
  counts.sentAgain++;
  try {
    await client.run(commit);
    return 'committed';
  } catch (error) {
    if (error instanceof CommandFailed && error.code === NO_SUCH_TRANSACTION) return 'absent';
    throw error;
  }
}
