// The yardstick of commit-status: the same calls to Gitea for one word on one commit, by hand over node:http.
const http = require('node:http');

const { PORT, GITEA_URL, GITEA_STATUS_TOKEN, GITEA_REPOSITORY } = process.env;
const agent = new http.Agent({ keepAlive: true });
const api = `${GITEA_URL}/api/v1/repos/${GITEA_REPOSITORY}`;
const authorization = `token ${GITEA_STATUS_TOKEN}`;

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = { authorization, accept: 'application/json', 'content-type': 'application/json' };
    const request = http.request(api + path, { method, headers, agent }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part)).on('end', () => resolve(JSON.parse(Buffer.concat(parts))));
    });
    request.on('error', reject).end(body && JSON.stringify(body));
  });
}

let known;
async function tell({ repository, environment, model, outcome, observedAt, commits: [commit] }) {
  known ??= await call('GET', '');
  if (known.html_url !== repository) return;
  const statuses = () => call('GET', `/commits/${commit}/statuses?sort=highestindex&page=1&limit=50`);
  const state = outcome === 'ignored' ? 'warning' : 'success';
  const description = `${model}: ${outcome} [${state} ${observedAt} ${model}]`;
  const told = await statuses();
  if (told.some((status) => status.description === description)) return;
  await call('POST', `/statuses/${commit}`, { context: `registry/${environment}`, state, description });
  await statuses();
}

http
  .createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', async () => {
      await tell(JSON.parse(Buffer.concat(parts)));
      response.writeHead(202).end();
    });
  })
  .listen(Number(PORT));
