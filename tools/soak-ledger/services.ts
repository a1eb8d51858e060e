import { freePort, ServiceProcess } from '@parley/testing';
import { model } from './price.js';

export interface Installation {
  /** The directory with the compiled product. */
  product: string;
  mongo: { uri: string; prefix: string };
}

export interface Services {
  auth: ServiceProcess;
  accountings: ServiceProcess[];
  chats: ServiceProcess[];
}

/** Where the soak itself stands between the services. */
export interface OwnServers {
  accountingUrl: string;
  modelUrl: string;
}

const secret = (name: string) => `${name}-of-this-soak-which-is-long-enough`;

/** The ports are known before anything runs: the proxy has to know the accountings, and chat the proxy. */
export interface Ports {
  auth: number;
  accountings: number[];
  chats: number[];
}

export async function choosePorts(): Promise<Ports> {
  const [auth, ...others] = await Promise.all(Array.from({ length: 5 }, () => freePort()));
  return { auth: auth!, accountings: others.slice(0, 2), chats: others.slice(2) };
}

export const urlOf = (port: number): string => `http://127.0.0.1:${port}`;

/** Auth once, accounting and chat twice, all on one database; none of them is started yet. */
export function plan({ product, mongo }: Installation, ports: Ports, own: OwnServers): Services {
  const common = {
    MONGODB_URI: mongo.uri,
    DATABASE_PREFIX: mongo.prefix,
    SEED_DEMO: 'true',
    JWT_EXPIRE_MINUTES: '1440',
    AUTH_URL: urlOf(ports.auth),
    ACCOUNTING_URL: own.accountingUrl,
    CHAT_URL: urlOf(ports.chats[0]!),
    AUTH_KEK: secret('the-key-encryption-key'),
    SERVICE_SECRET_CHAT: secret('the-secret-of-chat'),
    SERVICE_SECRET_ACCOUNTING: secret('the-secret-of-accounting'),
    OPENAI_BASE_URL: own.modelUrl,
    OPENAI_MODELS: model,
  };
  const service = (name: 'auth' | 'accounting' | 'chat', port: number) =>
    new ServiceProcess(`${product}/apps/${name}/src/main.js`, port, {
      ...common,
      [`${name.toUpperCase()}_PORT`]: String(port),
    });
  return {
    auth: service('auth', ports.auth),
    accountings: ports.accountings.map((port) => service('accounting', port)),
    chats: ports.chats.map((port) => service('chat', port)),
  };
}
