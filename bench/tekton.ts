// The calls of the Tekton task that this replaces, for one promotion with one other holder of the label: one after the
// other, each on a connection of its own (client 0.2.10 builds one per call). Without its `pip install` and its Pod.
import { send } from './record.ts';
import { listen } from './sockets.ts';

const path = '/api/model_registry/v1alpha3';
const calls = [
  // get_model_version; update(version): the author
  `GET ${path}/registered_model?name=jukebox`,
  `GET ${path}/model_version?name=1.1.0&parentResourceId=1`,
  `PATCH ${path}/model_versions/3`,
  // get_model_versions: the pager asks for its first page twice
  `GET ${path}/registered_model?name=jukebox`,
  `GET ${path}/registered_models/1/versions`,
  `GET ${path}/registered_models/1/versions`,
  // the loop: label on, label off; and what it ended on once more
  `PATCH ${path}/model_versions/2`,
  `PATCH ${path}/model_versions/3`,
  `PATCH ${path}/model_versions/3`,
  // get_model_artifact; update(model): the uri
  `GET ${path}/registered_model?name=jukebox`,
  `GET ${path}/model_version?name=1.1.0&parentResourceId=1`,
  `GET ${path}/model_artifact?name=jukebox&parentResourceId=3`,
  `PATCH ${path}/model_artifacts/2`,
];

/** Calls and ms with a registry that answers after `delayMs`. */
export async function tektonPromotion(delayMs: number): Promise<{ calls: number; ms: number }> {
  const registry = await listen(async () => {
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    return { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
  });
  const start = performance.now();
  for (const call of calls) await send(registry.url + call.split(' ')[1]!, { headers: {}, body: '{}' });
  const ms = performance.now() - start;
  await registry.close();
  return { calls: calls.length, ms };
}
