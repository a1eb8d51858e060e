import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { MailOutbox } from './mail-outbox.js';
import { OUTBOX_MAILS, outboxMailSchema } from './outbox-mail.schema.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: OUTBOX_MAILS, schema: outboxMailSchema }])],
  providers: [MailOutbox],
  exports: [MailOutbox],
})
export class MailModule {}
