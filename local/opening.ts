// What the page begins with, where stand-ins are used: a second model, records that are complete, and pull requests that wait to
// be merged. Over the servers' public APIs, like the seeds.
import { callJson, type Server } from '../stand-ins/json-call.ts';
import { deploymentFile, folder, seedRegistry } from './seed.ts';
import type { System } from './system.ts';

const second = 'karaoke';

/** Does nothing where a server is real, or where somebody has been before. Resolves when all of it has been followed up. */
export async function openStage(system: System): Promise<void> {
  const { gitea, registry, model } = system;
  if (!gitea.standIn || !registry.standIn) return;
  const repo = `/repos/${gitea.repository}`;
  await seedRegistry(registry, second);
  const path = `${repo}/contents/${folder}/prod/${second}/config.yaml`;
  await callJson(gitea, 'POST', path, {
    branch: 'main',
    message: `Deploy prod/${second}`,
    content: base64(deploymentFile(second, '1.0.0', 'prod')),
  });
  await system.idle();
  // Completes the record of the version that was labelled before anybody kept records.
  await system.ping();
  for (const name of [model, second]) await openRequest(gitea, repo, name);
  await system.idle();
}

/** A pull request that promotes the next registered version, as the training pipeline opens one. */
async function openRequest(gitea: Server, repo: string, model: string): Promise<void> {
  const path = `${repo}/contents/${folder}/prod/${model}/config.yaml`;
  const { sha, content } = await callJson<{ sha: string; content: string }>(gitea, 'GET', path);
  const now = /^version: "1\.(\d+)\.0"$/m.exec(Buffer.from(content, 'base64').toString('utf8'));
  if (!now || Number(now[1]) > 1) return;
  const version = `1.${Number(now[1]) + 1}.0`;
  const title = `Promote ${model} ${version} to prod`;
  const head = `${model}-${version}`;
  const text = base64(deploymentFile(model, version, 'prod'));
  await callJson(gitea, 'PUT', path, { branch: 'main', new_branch: head, sha, message: title, content: text });
  await callJson(gitea, 'POST', `${repo}/pulls`, { base: 'main', head, title });
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
