import { plain } from './bson/show.js';
import { doc, isDoc, isNumeric, toNumber, type Doc } from './bson/value.js';
import { CODES } from './errors/codes.js';
import { MongoError } from './errors/mongo-error.js';
import type { Reply } from './commands/command.js';

interface FailPoint {
  commands: Set<string>;
  data: Doc;
  /** How often it still acts; infinite for `alwaysOn`. */
  left: number;
  skip: number;
}

/** MongoDB's `failCommand`: makes chosen commands fail, for tests of those who must cope with that. */
export class FailPoints {
  private active: FailPoint | undefined;

  configure(body: Doc): Doc {
    const name = body.get('configureFailPoint');
    if (name !== 'failCommand') throw new MongoError('BadValue', `failpoint not found: ${plain(name)}`);
    const mode = body.get('mode');
    if (mode === 'off') {
      this.active = undefined;
      return doc();
    }
    const data = body.get('data');
    if (!isDoc(data)) throw new MongoError('FailedToParse', 'failCommand needs data');
    const commands = data.get('failCommands');
    const times = isDoc(mode) && isNumeric(mode.get('times')) ? toNumber(mode.get('times') as number) : Infinity;
    const skip = isDoc(mode) && isNumeric(mode.get('skip')) ? toNumber(mode.get('skip') as number) : 0;
    this.active = { commands: new Set(Array.isArray(commands) ? (commands as string[]) : []), data, left: times, skip };
    return doc();
  }

  private hit(name: string): Doc | undefined {
    const point = this.active;
    if (!point?.commands.has(name)) return undefined;
    if (point.skip-- > 0) return undefined;
    if (--point.left <= 0) this.active = undefined;
    return point.data;
  }

  /** What to answer instead of running the command, if anything. */
  before(name: string, _body: Doc, _connection: object): Reply | undefined {
    const data = this.hit(name);
    if (!data) return undefined;
    if (data.get('closeConnection') === true) return doc({ closeConnection: true });
    const labels = data.get('errorLabels');
    const code = data.get('errorCode');
    if (isNumeric(code)) {
      const found = Object.entries(CODES).find(([, known]) => known === toNumber(code));
      const error = new MongoError(
        found ? (found[0] as keyof typeof CODES) : toNumber(code),
        "Failing command via 'failCommand' failpoint",
        { labels: Array.isArray(labels) ? (labels as string[]) : [] },
      );
      return error.toReply();
    }
    return undefined;
  }

  after(_name: string, _body: Doc, reply: Reply): Reply {
    return reply;
  }
}
