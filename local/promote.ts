// Promotes a version the way people do: a branch, a commit, a pull request, a merge. Over Gitea's API, stand-in or real.
import { setTimeout as pause } from 'node:timers/promises';
import { callJson, type Server } from '../stand-ins/json-call.ts';
import { base64, deploymentFile, folder } from './seed.ts';

/** Gitea checks a new pull request for conflicts before it may be merged, some seconds on a real server. */
const mergeAttempts = 20;
const mergePauseMs = 1_000;

/** Opens a pull request that promotes a version, as the training pipeline does. Resolves with its number. */
export async function openRequest(gitea: Server, repository: string, model: string, version: string): Promise<number> {
  const repo = `/repos/${repository}`;
  const path = `${repo}/contents/${folder}/prod/${model}/config.yaml`;
  const { sha } = await callJson<{ sha: string }>(gitea, 'GET', path);
  const head = `promote-${model}-${version}`;
  const title = `Promote ${model} ${version} to prod`;
  await callJson(gitea, 'PUT', path, {
    branch: 'main',
    new_branch: head,
    sha,
    message: title,
    content: base64(deploymentFile(model, version, 'prod')),
  });
  return (await callJson<{ number: number }>(gitea, 'POST', `${repo}/pulls`, { base: 'main', head, title })).number;
}

/** Resolves with the pull request's number when it is merged, by a merge commit. */
export async function promote(gitea: Server, repository: string, model: string, version: string): Promise<number> {
  const number = await openRequest(gitea, repository, model, version);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await callJson(gitea, 'POST', `/repos/${repository}/pulls/${number}/merge`, { Do: 'merge' });
      return number;
    } catch (error) {
      if (attempt === mergeAttempts) throw error;
      await pause(mergePauseMs);
    }
  }
}
