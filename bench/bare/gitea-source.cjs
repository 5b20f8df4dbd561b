// The yardstick of gitea-source: what one would write by hand over node:http. Verifies the signature, parses, sends one
// event to the broker, answers 202. No limits, no retries, no logs, no second secret: the least that does the work.
const { createHmac, timingSafeEqual } = require('node:crypto');
const http = require('node:http');

const { PORT, K_SINK, GITEA_WEBHOOK_SECRET } = process.env;
const agent = new http.Agent({ keepAlive: true });

http
  .createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      const wanted = createHmac('sha256', GITEA_WEBHOOK_SECRET).update(body).digest();
      const given = Buffer.from(request.headers['x-gitea-signature'] ?? '', 'hex');
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return void response.writeHead(401).end();
      const { repository, ref } = JSON.parse(body);
      const headers = {
        'content-type': 'application/json',
        'content-length': body.length,
        'ce-specversion': '1.0',
        'ce-id': request.headers['x-gitea-delivery'],
        'ce-source': repository.html_url,
        'ce-type': `dev.knative.source.gitea.${request.headers['x-gitea-event']}`,
        'ce-subject': ref,
      };
      const sending = http.request(K_SINK, { method: 'POST', headers, agent }, (answer) => {
        answer.resume().on('end', () => response.writeHead(answer.statusCode < 300 ? 202 : 502).end());
      });
      sending.on('error', () => response.writeHead(503).end());
      sending.end(body);
    });
  })
  .listen(Number(PORT));
