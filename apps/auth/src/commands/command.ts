import 'reflect-metadata';
import type { Readable, Writable } from 'node:stream';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { type DynamicModule, type INestApplicationContext, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigError, createLogger, DomainError, type Logger, NestLogger, PlatformModule } from '@parley/platform';
import { AuthSettings } from '../app.module.js';
import { type AuthConfig, readAuthConfig } from '../config.js';

/** A refusal that is told to whoever runs the command, in one sentence. */
export class CommandRefused extends Error {}

export interface Command {
  /** As it is called: `users-import`. */
  name: string;
  usage: string;
  options: NonNullable<ParseArgsConfig['options']>;
  /** The features that it needs. */
  imports: NonNullable<ModuleMetadata['imports']>;
  /** Refuses a call by its words alone, before anything is asked. @throws CommandRefused */
  check: (options: Given['options'], positionals: readonly string[]) => void;
  /** @returns the exit code */
  run: (given: Given) => Promise<number>;
}

export interface Given {
  app: INestApplicationContext;
  config: AuthConfig;
  options: Readonly<Record<string, string | boolean | undefined>>;
  positionals: readonly string[];
  stdin: Readable;
  print: (line: string) => void;
}

/** Where a command's words come from, and where its lines go. */
export interface Terminal {
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
}

@Module({})
class CommandModule {
  static for(config: AuthConfig, imports: Command['imports'], logger: Logger, print: Given['print']): DynamicModule {
    const description = 'A command on the installation';
    const platform = PlatformModule.register({ service: 'auth', description, mongo: config.mongo, logger });
    return { module: CommandModule, imports: [platform, AuthSettings.of(config, print), ...imports] };
  }
}

/** Runs a command as the process that it is. */
export async function runCommand(command: Command): Promise<void> {
  const { argv, env, stdin, stdout, stderr } = process;
  process.exitCode = await endOf(command, { args: argv.slice(2), env, stdin, stdout, stderr });
}

/**
 * Runs a command on the database that the environment names, with the same variables as the service. Nothing listens.
 * @returns the exit code: 0, 1 for what was refused, 2 for a call that cannot be understood
 */
export async function endOf(command: Command, terminal: Terminal): Promise<number> {
  return outcomeOf(command, terminal).catch((error: unknown) => {
    terminal.stderr.write(`${command.name}: ${explain(error)}\n`);
    return 1;
  });
}

async function outcomeOf({ name, usage, options, imports, check, run }: Command, terminal: Terminal): Promise<number> {
  const { args, env, stdin, stdout, stderr } = terminal;
  const print = (line: string): void => void stdout.write(`${line}\n`);
  let parsed;
  try {
    parsed = parseArgs({ args, options: { ...options, help: { type: 'boolean' } }, allowPositionals: true });
  } catch (error) {
    stderr.write(`${name}: ${(error as Error).message}\n${usage}\n`);
    return 2;
  }
  const given = parsed.values as Given['options'];
  if (given.help) {
    print(usage);
    return 0;
  }
  check(given, parsed.positionals);
  const config = readAuthConfig(env);
  const logger = createLogger('auth', 'warn', stderr);
  const app = await NestFactory.createApplicationContext(CommandModule.for(config, imports, logger, print), {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  try {
    return await run({ app, config, options: given, positionals: parsed.positionals, stdin, print });
  } finally {
    await app.close();
  }
}

/** No stack and no cause: a driver's error may hold the connection string. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof CommandRefused || error instanceof DomainError)
    return error.message;
  const { name, code } = error as { name?: string; code?: unknown };
  return `${name ?? 'Error'}${typeof code === 'string' ? ` ${code}` : ''}: it could not be done; is the database there?`;
}
