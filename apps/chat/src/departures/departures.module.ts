import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { PeriodicJobs } from '@parley/platform';
import { ChatSessionsModule } from '../chat-sessions/chat-sessions.module.js';
import { DeletionsModule } from '../deletions/deletions.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { StreamsModule } from '../streams/streams.module.js';
import { DEPARTED_USERS, departedUserSchema } from './departed-user.schema.js';
import { DepartedUsers } from './departed-users.js';
import { DeparturesController } from './departures.controller.js';
import { DeparturesService } from './departures.service.js';

const sweepEveryMs = 15_000;
const sweepBatch = 50;

/** What becomes of the conversations of those who are gone: erased users, and visitors who have signed in. */
@Module({
  imports: [
    MongooseModule.forFeature([{ name: DEPARTED_USERS, schema: departedUserSchema }]),
    ChatSessionsModule,
    MessagesModule,
    StreamsModule,
    DeletionsModule,
  ],
  controllers: [DeparturesController],
  providers: [DepartedUsers, DeparturesService],
})
export class DeparturesModule implements OnApplicationBootstrap {
  constructor(
    private readonly jobs: PeriodicJobs,
    private readonly departures: DeparturesService,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.everyAndNow(sweepEveryMs, 'departures', (stop) => this.departures.sweepDue(sweepBatch, stop));
  }
}
