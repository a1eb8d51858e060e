// What reading a model's stream costs: CPU seconds for a million chunks of our provider, next to the plainest loop that does
// the same on the same client (split at the empty line, JSON.parse). Run it with `npm run build && node bench/model-relay.mjs`.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { TextDecoder } from 'node:util';
import { Pool } from 'undici';
import { SystemClock } from '../dist/libs/platform/src/index.js';
import { OpenAiProvider } from '../dist/apps/chat/src/models/openai/openai.provider.js';

const rounds = 7;
const streams = 50;
const tokens = 2_000;

const upstream = fork(new URL('./fake-upstream.mjs', import.meta.url));
const [port] = await once(upstream, 'message');
const origin = `http://127.0.0.1:${port}`;

const provider = new OpenAiProvider({ baseUrl: `${origin}/v1` }, new SystemClock());
const pool = new Pool(origin, { connections: null, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
const messages = [{ role: 'user', content: 'hello' }];

const ours = (model, onText) => {
  const { signal } = new globalThis.AbortController();
  return provider.generate({ model, messages, maxTokens: tokens, signal }, onText);
};

function plain(model, onText) {
  const body = JSON.stringify({ model, messages, stream: true, stream_options: { include_usage: true } });
  const headers = { 'content-type': 'application/json' };
  const decoder = new TextDecoder();
  let carry = '';
  return new Promise((resolve, reject) => {
    pool.dispatch(
      { method: 'POST', path: '/v1/chat/completions', headers, body },
      {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData(_, bytes) {
          carry += decoder.decode(bytes, { stream: true });
          let start = 0;
          for (let end = carry.indexOf('\n\n'); end !== -1; end = carry.indexOf('\n\n', start)) {
            const data = carry.slice(start + 6, end);
            start = end + 2;
            const text = data === '[DONE]' ? undefined : JSON.parse(data).choices[0]?.delta?.content;
            if (text) onText(text);
          }
          carry = carry.slice(start);
        },
        onResponseEnd: () => resolve(),
        onResponseError: (_, error) => reject(error),
      },
    );
  });
}

/** CPU seconds for a million chunks; fails when a token is missing or out of order. */
async function measure(generate, perWrite) {
  const before = process.cpuUsage();
  const one = async () => {
    let next = 0;
    await generate(`tokens-${tokens}-${perWrite}`, (text) => {
      if (Number(text.slice(1)) !== next++) throw new Error(`token ${next} is out of order: ${text}`);
    });
    if (next !== tokens) throw new Error(`${next} of ${tokens} tokens arrived`);
  };
  await Promise.all(Array.from({ length: streams }, one));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (streams * tokens);
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

for (const perWrite of [1, 20]) {
  const seconds = { ours: [], plain: [] };
  for (let round = -1; round < rounds; round += 1) {
    const pair = Object.entries({ ours, plain });
    for (const [name, generate] of round % 2 === 0 ? pair : pair.toReversed()) {
      const cost = await measure(generate, perWrite);
      if (round >= 0) seconds[name].push(cost);
    }
  }
  const [our, their] = [median(seconds.ours), median(seconds.plain)];
  const figures = `provider ${our.toFixed(2)}, plain loop ${their.toFixed(2)} CPU s per million chunks`;
  console.log(`${perWrite} events a write: ${figures}, ratio ${(our / their).toFixed(2)}`);
}
upstream.disconnect();
await Promise.all([provider.close(), pool.destroy()]);
