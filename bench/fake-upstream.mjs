// An OpenAI-compatible upstream on bare sockets, because it must cost less than what it feeds. The model's name says what to
// send: tokens-<count>-<events per write>; each event goes out in a chunk of its own.
import { createServer } from 'node:net';
import { setImmediate } from 'node:timers';

const event = (delta, finishReason) =>
  `data: {"id":"chatcmpl-0123456789AbCdEfGhIjKlMnOpQr","object":"chat.completion.chunk","created":1768478400,"model":"bench","service_tier":"default","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finishReason}}]}\n\n`;
const frame = (text) => `${text.length.toString(16)}\r\n${text}\r\n`;
const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n';

async function answer(socket, count, perWrite) {
  socket.write(head + frame(event('{"role":"assistant","content":""}', 'null')));
  for (let sent = 0; sent < count && !socket.destroyed;) {
    let bytes = '';
    for (let n = 0; n < perWrite && sent < count; n += 1, sent += 1)
      bytes += frame(event(`{"content":"w${String(sent).padStart(6, '0')} "}`, 'null'));
    const isFull = !socket.write(bytes, 'latin1');
    await new Promise((next) => (isFull ? socket.once('drain', next) : setImmediate(next)));
  }
  const usage = `data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":${count}}}\n\n`;
  socket.write(frame(`${event('{}', '"stop"')}${usage}data: [DONE]\n\n`) + '0\r\n\r\n');
}

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    const [, count, perWrite] = /"model":"tokens-(\d+)-(\d+)"/.exec(bytes.toString('latin1')) ?? [];
    if (count) void answer(socket, Number(count), Number(perWrite));
  });
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit());
