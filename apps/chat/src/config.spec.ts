import { describe, expect, it } from '@jest/globals';
import { readChatConfig } from './config.js';

const least = { MONGODB_URI: 'mongodb://127.0.0.1/', SERVICE_SECRET_CHAT: 'k2Jd83hf7Qz0pLw5Xc9vB1nM4rT6yU8i' };

describe('readChatConfig', () => {
  it('needs a database and a secret, and has a default for the rest', () => {
    expect(readChatConfig(least)).toMatchObject({
      http: { host: '127.0.0.1', port: 3002 },
      mongo: { database: 'parley_chat' },
      authUrl: 'http://localhost:3000',
      accountingUrl: 'http://localhost:3001',
    });
    expect(readChatConfig(least).openai).toBeUndefined();
  });

  it('takes any OpenAI-compatible server', () => {
    const given = { ...least, OPENAI_BASE_URL: 'http://localhost:11434/v1/', OPENAI_MODELS: 'llama3, qwen3' };
    expect(readChatConfig(given).openai).toEqual({ baseUrl: 'http://localhost:11434/v1', models: ['llama3', 'qwen3'] });
  });

  it('names every fault at once, and never a value', () => {
    const read = () =>
      readChatConfig({
        CHAT_PORT: 'many',
        SERVICE_SECRET_CHAT: 'short',
        OPENAI_BASE_URL: 'ftp://x',
        NODE_ENV: 'production',
        CORS_ORIGINS: '*',
      });
    expect(read).toThrow(/CHAT_PORT(.|\n)*MONGODB_URI|MONGODB_URI(.|\n)*CHAT_PORT/);
    expect(read).toThrow(/SERVICE_SECRET_CHAT/);
    expect(read).toThrow(/OPENAI_BASE_URL/);
    expect(read).toThrow(/CORS_ORIGINS/);
    expect(read).not.toThrow(/short/);
  });

  describe('[attack 112] a demonstration with a provider’s key', () => {
    const paid = { ...least, OPENAI_BASE_URL: 'https://api.example.com/v1', OPENAI_API_KEY: 'sk-of-the-operator' };
    const published = { PUBLISHED_HOST: '127.0.0.1' };

    it('is refused where docker-compose publishes it with published passwords', () => {
      expect(() => readChatConfig({ ...paid, ...published, SEED_DEMO: 'true' })).toThrow(/SEED_DEMO=exposed/);
    });

    it.each([
      { ...paid, ...published, SEED_DEMO: 'exposed' },
      { ...paid, ...published, SEED_DEMO: 'false' },
      { ...paid, SEED_DEMO: 'true' },
      { ...least, ...published, SEED_DEMO: 'true' },
    ])('starts otherwise: %j', (given) => {
      expect(readChatConfig(given).http.port).toBe(3002);
    });
  });

  it('[attack 106] refuses a sample secret and open origins in production', () => {
    const production = {
      ...least,
      NODE_ENV: 'production',
      SERVICE_SECRET_CHAT: 'change-me-change-me-change-me-change-me',
    };
    expect(() => readChatConfig(production)).toThrow(/SERVICE_SECRET_CHAT: is a sample/);
    expect(() => readChatConfig(production)).toThrow(/CORS_ORIGINS: needs exact origins/);
    const good = { ...least, NODE_ENV: 'production', CORS_ORIGINS: 'https://chat.example.com' };
    expect(readChatConfig(good).http.corsOrigins).toEqual(['https://chat.example.com']);
  });
});
