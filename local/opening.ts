// What the page begins with, where stand-ins are used: a second model, records that are complete, and pull requests that wait to
// be merged. Over the servers' public APIs, like the seeds.
import { callJson, type Server } from '../stand-ins/json-call.ts';
import { openRequest } from './promote.ts';
import { base64, deploymentFile, folder, seedRegistry } from './seed.ts';
import type { System } from './system.ts';

const second = 'karaoke';

/** Does nothing where a server is real, or where somebody has been before. Resolves when all of it has been followed up. */
export async function openStage(system: System): Promise<void> {
  const { gitea, registry, model } = system;
  if (!gitea.standIn || !registry.standIn) return;
  await seedRegistry(registry, second, registry.kind);
  const path = `/repos/${gitea.repository}/contents/${folder}/prod/${second}/config.yaml`;
  await callJson(gitea, 'POST', path, {
    branch: 'main',
    message: `Deploy prod/${second}`,
    content: base64(deploymentFile(second, '1.0.0', 'prod')),
  });
  await system.idle();
  // Completes the record of the version that was labelled before anybody kept records, and observes what serves.
  await system.ping();
  for (const name of [model, second]) await openNext(gitea, gitea.repository, name);
  await system.idle();
}

/** A pull request that promotes the next registered version. */
async function openNext(gitea: Server, repository: string, model: string): Promise<void> {
  const path = `/repos/${repository}/contents/${folder}/prod/${model}/config.yaml`;
  const { content } = await callJson<{ content: string }>(gitea, 'GET', path);
  const now = /^version: "1\.(\d+)\.0"$/m.exec(Buffer.from(content, 'base64').toString('utf8'));
  if (now && Number(now[1]) <= 1) await openRequest(gitea, repository, model, `1.${Number(now[1]) + 1}.0`);
}
