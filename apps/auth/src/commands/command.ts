import 'reflect-metadata';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { type DynamicModule, type INestApplicationContext, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigError, createLogger, DomainError, NestLogger, PlatformModule } from '@parley/platform';
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
  print: (line: string) => void;
}

@Module({})
class CommandModule {
  static for(config: AuthConfig, imports: Command['imports']): DynamicModule {
    const logger = createLogger('auth', 'warn', process.stderr);
    const description = 'A command on the installation';
    const platform = PlatformModule.register({ service: 'auth', description, mongo: config.mongo, logger });
    return { module: CommandModule, imports: [platform, AuthSettings.of(config, print), ...imports] };
  }
}

/**
 * Runs a command on the database that the environment names, with the same variables as the service. Nothing listens. Exit codes: 0, 1 for
 * what was refused, 2 for a call that cannot be understood.
 */
export async function runCommand(command: Command): Promise<void> {
  process.exitCode = await outcomeOf(command).catch((error: unknown) => {
    process.stderr.write(`${command.name}: ${explain(error)}\n`);
    return 1;
  });
}

async function outcomeOf({ name, usage, options, imports, check, run }: Command): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({ options: { ...options, help: { type: 'boolean' } }, allowPositionals: true });
  } catch (error) {
    process.stderr.write(`${name}: ${(error as Error).message}\n${usage}\n`);
    return 2;
  }
  const given = parsed.values as Given['options'];
  if (given.help) {
    print(usage);
    return 0;
  }
  check(given, parsed.positionals);
  const config = readAuthConfig(process.env);
  const app = await NestFactory.createApplicationContext(CommandModule.for(config, imports), {
    logger: new NestLogger(createLogger('auth', 'warn', process.stderr)),
    abortOnError: false,
  });
  try {
    return await run({ app, config, options: given, positionals: parsed.positionals, print });
  } finally {
    await app.close();
  }
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** No stack and no cause: a driver's error may hold the connection string. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof CommandRefused || error instanceof DomainError)
    return error.message;
  const { name, code } = error as { name?: string; code?: unknown };
  return `${name ?? 'Error'}${typeof code === 'string' ? ` ${code}` : ''}: it could not be done; is the database there?`;
}
