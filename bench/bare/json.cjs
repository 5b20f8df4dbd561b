// The yardstick of what strangers' bytes cost: a server over node:http that parses each body as JSON, and does nothing else.
const http = require('node:http');

http
  .createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      JSON.parse(Buffer.concat(parts).toString());
      response.writeHead(202).end();
    });
  })
  .listen(Number(process.env.PORT));
