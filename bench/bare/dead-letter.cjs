// The yardstick of dead-letter: takes an event, says one line, sends one event, by hand over node:http.
const http = require('node:http');

const { PORT, K_SINK } = process.env;
const agent = new http.Agent({ keepAlive: true });

http
  .createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const { 'ce-id': id, 'ce-type': type, 'ce-source': source, 'ce-knativeerrordata': data } = request.headers;
      const { message: reason } = JSON.parse(Buffer.from(data, 'base64'));
      const body = JSON.stringify({ event: { id, type, source, data: JSON.parse(Buffer.concat(parts)) }, reason });
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'ce-specversion': '1.0',
        'ce-id': `lost-${id}`,
        'ce-source': source,
        'ce-type': 'dev.mlops.delivery.lost.v1',
      };
      const sending = http.request(K_SINK, { method: 'POST', headers, agent }, (answer) => {
        answer.resume().on('end', () => response.writeHead(202).end());
      });
      sending.on('error', () => response.writeHead(503).end());
      sending.end(body);
    });
  })
  .listen(Number(PORT));
