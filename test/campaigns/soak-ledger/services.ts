import { freePort, ServiceProcess } from '@parley/testing';
import { model } from './model/price.js';

export interface Installation {
  /** The directory with the compiled product. */
  product: string;
  mongo: { uri: string; prefix: string };
  /** The database, if it belongs to the soak and may be killed. */
  database?: ServiceProcess;
}

export interface Services {
  accountings: ServiceProcess[];
  chats: ServiceProcess[];
}

/** The soak's own servers, which the services talk to. */
export interface OwnServers {
  authUrl: string;
  accountingUrl: string;
  modelUrl: string;
}

const secret = (name: string) => `${name}-of-this-soak-which-is-long-enough`;

/** Ports are chosen before anything runs: the proxy needs those of accounting, and chat that of the proxy. */
export interface Ports {
  accountings: number[];
  chats: number[];
}

export async function choosePorts(): Promise<Ports> {
  const ports = await Promise.all(Array.from({ length: 4 }, () => freePort()));
  return { accountings: ports.slice(0, 2), chats: ports.slice(2) };
}

export const urlOf = (port: number): string => `http://127.0.0.1:${port}`;

/** Accounting and chat, two of each on one database; none of them started yet. */
export function plan({ product, mongo }: Installation, ports: Ports, own: OwnServers): Services {
  const common = {
    MONGODB_URI: mongo.uri,
    DATABASE_PREFIX: mongo.prefix,
    AUTH_URL: own.authUrl,
    ACCOUNTING_URL: own.accountingUrl,
    CHAT_URL: urlOf(ports.chats[0]!),
    SERVICE_SECRET_CHAT: secret('the-secret-of-chat'),
    SERVICE_SECRET_ACCOUNTING: secret('the-secret-of-accounting'),
    OPENAI_BASE_URL: own.modelUrl,
    OPENAI_MODELS: model,
  };
  const service = (name: 'accounting' | 'chat', port: number) =>
    new ServiceProcess(`${product}/apps/${name}/src/main.js`, port, {
      ...common,
      [`${name.toUpperCase()}_PORT`]: String(port),
    });
  return {
    accountings: ports.accountings.map((port) => service('accounting', port)),
    chats: ports.chats.map((port) => service('chat', port)),
  };
}
