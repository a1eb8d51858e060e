import { Controller, Delete, Get, Header, HttpCode, Param, Query, UseGuards } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Public } from '@parley/auth';
import { ApiProblems, DomainError } from '@parley/platform';
import { DevMailbox } from './dev-mailbox.js';
import {
  type DevMailDto,
  devMailDto,
  type DevMailList,
  devMailList,
  mailId,
  type MailboxQuery,
  mailboxQuery,
  toDevMailDto,
} from './dev-mailbox.dto.js';
import { NearPeersGuard } from './near-peers.guard.js';
import { mailboxPage, pagePolicy } from './page.js';

const mailNotFound = () => new DomainError('notFound', 'mail_not_found', 'There is no such mail.');

/** The mails of an installation that has no mail server. It is there with MAIL_MODE=dev only, and only for this machine. */
@Public()
@UseGuards(NearPeersGuard)
@ApiTags('development')
@Controller('dev')
export class DevMailboxController {
  constructor(private readonly mailbox: DevMailbox) {}

  @Get('mailbox')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The mails that would have been sent, newest first' })
  @ApiOkResponse({ standardSchema: devMailList, description: 'At most 200' })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field'], 404: ['route_not_found'] })
  async list(@Query({ schema: mailboxQuery }) { to }: MailboxQuery): Promise<DevMailList> {
    return { data: (await this.mailbox.list(to)).map(toDevMailDto) };
  }

  @Get('mailbox.html')
  @Header('cache-control', 'no-store')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', pagePolicy)
  @ApiOperation({ summary: 'The same as a page for people' })
  @ApiProduces('text/html')
  @ApiOkResponse({ description: 'A page without scripts', schema: { type: 'string' } })
  async page(): Promise<string> {
    return mailboxPage(await this.mailbox.list());
  }

  @Get('mailbox/:id')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'One mail' })
  @ApiOkResponse({ standardSchema: devMailDto, description: 'The mail' })
  @ApiProblems({ 400: ['validation_failed'], 404: ['mail_not_found', 'route_not_found'] })
  async read(@Param('id', { schema: mailId }) id: string): Promise<DevMailDto> {
    const mail = await this.mailbox.find(id);
    if (!mail) throw mailNotFound();
    return toDevMailDto(mail);
  }

  @Delete('mailbox')
  @HttpCode(204)
  @ApiOperation({ summary: 'Empty the mailbox' })
  @ApiNoContentResponse({ description: 'It is empty' })
  async empty(): Promise<void> {
    await this.mailbox.empty();
  }
}
