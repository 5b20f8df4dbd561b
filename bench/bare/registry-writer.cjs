// The yardstick of registry-writer: the same calls to the registry for one promotion, by hand over node:http.
const http = require('node:http');

const { PORT, K_SINK, MODEL_REGISTRY_URL } = process.env;
const agent = new http.Agent({ keepAlive: true });
const api = `${MODEL_REGISTRY_URL}/api/model_registry/v1alpha3`;

function call(method, url, headers, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part)).on('end', () => resolve(Buffer.concat(parts).toString()));
    });
    request.on('error', reject).end(body);
  });
}
const json = async (method, path, body) =>
  JSON.parse(await call(method, api + path, { 'content-type': 'application/json' }, body && JSON.stringify(body)));
const text = (value) => ({ metadataType: 'MetadataStringValue', string_value: value });
const patch = (path, { state, customProperties }, changes) =>
  json('PATCH', path, { state, customProperties: { ...customProperties, ...changes } });

async function write({ environment, model: name, head, observedAt, repository, serving: [{ version, uri }] }) {
  const model = await json('GET', `/registered_model?name=${name}`);
  const filter = encodeURIComponent(`${environment} = ""`);
  const holders = () => json('GET', `/registered_models/${model.id}/versions?pageSize=200&filterQuery=${filter}`);
  const mark = { repository, head, observedAt };
  const marks = Object.fromEntries(Object.entries(mark).map(([key, value]) => [`${environment}.${key}`, text(value)]));
  const [wanted] = await Promise.all([
    json('GET', `/model_version?name=${version}&parentResourceId=${model.id}`),
    patch(`/registered_models/${model.id}`, model, marks),
  ]);
  const [artifacts] = await Promise.all([
    json('GET', `/model_versions/${wanted.id}/artifacts?pageSize=200&artifactType=model-artifact`),
    patch(`/model_versions/${wanted.id}`, wanted, { [environment]: text('') }),
  ]);
  const { items: held } = await holders();
  const [artifact] = artifacts.items;
  await Promise.all([
    ...held
      .filter(({ id }) => id !== wanted.id)
      .map(({ id, state, customProperties: { [environment]: _, ...rest } }) =>
        patch(`/model_versions/${id}`, { state, customProperties: rest }, {}),
      ),
    json('PATCH', `/artifacts/${artifact.id}`, { artifactType: 'model-artifact', state: artifact.state, uri }),
  ]);
  await holders();
}

http
  .createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', async () => {
      await write(JSON.parse(Buffer.concat(parts)));
      const data = '{"outcome":"changed"}';
      const headers = { 'content-type': 'application/json', 'content-length': data.length, 'ce-specversion': '1.0' };
      response.writeHead(200, {
        ...headers,
        'ce-id': '1',
        'ce-source': K_SINK,
        'ce-type': 'dev.mlops.registry.updated.v1',
      });
      response.end(data);
    });
  })
  .listen(Number(PORT));
