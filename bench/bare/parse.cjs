// The yardstick of parse: the same calls to Gitea for one changed application, by hand over node:http, and one event.
const http = require('node:http');

const { PORT, K_SINK, GITEA_URL, GITEA_TOKEN, GITEA_REPOSITORY } = process.env;
const agent = new http.Agent({ keepAlive: true });
const api = `${GITEA_URL}/api/v1/repos/${GITEA_REPOSITORY}`;

function call(method, url, headers, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part)).on('end', () => resolve(Buffer.concat(parts).toString()));
    });
    request.on('error', reject).end(body);
  });
}
const get = (path) => call('GET', api + path, { authorization: `Bearer ${GITEA_TOKEN}`, accept: 'application/json' });
const json = async (path) => JSON.parse(await get(path));
const versionIn = (text) => /^version: *"?([^"\n]+)/m.exec(text)?.[1];

async function promotion(push) {
  await json('');
  const branch = await json('/branches/main');
  const head = branch.commit.id;
  const [now, before] = await Promise.all(
    [head, push.before].map((id) => json(`/git/trees/${id}?recursive=true&per_page=1000`)),
  );
  const files = now.tree.filter(({ path }) => /^model-deployments\/prod\/[^/]+\/config\.yaml$/.test(path));
  const changed = files.find(({ path, sha }) => before.tree.find((entry) => entry.path === path)?.sha !== sha);
  const wanted = encodeURIComponent(JSON.stringify({ files: files.map(({ path }) => path) }));
  const contents = await json(`/file-contents?ref=${head}&body=${wanted}`);
  const texts = contents.map(({ content }) => Buffer.from(content, 'base64').toString());
  await get(`/raw/${changed.path}?ref=${push.before}`);
  const since = `sha=${head}&not=${push.before}&path=${encodeURIComponent(changed.path)}`;
  const query = `${since}&limit=1&stat=false&verification=false&files=false`;
  const [[commit], pull] = await Promise.all([json(`/commits?${query}`), json(`/commits/${head}/pull`)]);
  const version = versionIn(texts[files.indexOf(changed)]);
  return { version, head, commit: commit.sha, promotedAt: pull.merged_at, pullRequest: pull.html_url };
}

http
  .createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', async () => {
      const push = JSON.parse(Buffer.concat(parts));
      const data = JSON.stringify(await promotion(push));
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(data) };
      for (const name of ['id', 'source', 'specversion']) headers[`ce-${name}`] = request.headers[`ce-${name}`];
      await call('POST', K_SINK, { ...headers, 'ce-type': 'dev.mlops.model.promoted.v1' }, data);
      await json('/branches/main');
      response.writeHead(202).end();
    });
  })
  .listen(Number(PORT));
