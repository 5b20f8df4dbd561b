// What the story begins with: a GitOps repository with a model in two environments, and that model's versions in the registry.
// Everything goes over the servers' public APIs, so that real ones can be seeded too.
import type { RegistryName } from '../config/settings/registry.ts';
import { callJson, type Server } from '../stand-ins/json-call.ts';
import { register } from './register.ts';

export const folder = 'model-deployments';

export function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** A deployment file as the workshop's pipelines write it. */
export function deploymentFile(model: string, version: string, environment: string): string {
  return [
    'chart_path: charts/model-deployment/simple',
    `name: ${model}`,
    `version: "${version}"`,
    'image_repository: image-registry.openshift-image-registry.svc:5000',
    `image_namespace: user1-${environment}`,
    '',
  ].join('\n');
}

/** A repository of the token's user, with `model` at 1.1.0 in test and 1.0.0 in prod, and an application that is no model. */
export async function seedGitea(gitea: Server, name: string, model: string): Promise<string> {
  const { login } = await callJson<{ login: string }>(gitea, 'GET', '/user');
  const repository = `${login}/${name}`;
  const settings = { name, private: true, auto_init: true, default_branch: 'main' };
  await callJson(gitea, 'POST', '/user/repos', settings);
  const files = {
    [`${folder}/test/${model}/config.yaml`]: deploymentFile(model, '1.1.0', 'test'),
    [`${folder}/prod/${model}/config.yaml`]: deploymentFile(model, '1.0.0', 'prod'),
    [`${folder}/prod/${model}-ui/config.yaml`]: `repo_url: https://gitea.example/${login}/${model}-ui\nchart_path: chart\n`,
  };
  for (const [path, text] of Object.entries(files)) {
    await callJson(gitea, 'POST', `/repos/${repository}/contents/${path}`, {
      branch: 'main',
      message: `Deploy ${path.split('/').slice(1, 3).join('/')}`,
      content: base64(text),
    });
  }
  return repository;
}

/** The webhook as the README says to set it up. Returns its id. */
export async function seedWebhook(gitea: Server, repository: string, url: string, secret: string): Promise<number> {
  const hook = await callJson<{ id: number }>(gitea, 'POST', `/repos/${repository}/hooks`, {
    type: 'gitea',
    active: true,
    events: ['push', 'pull_request'],
    config: { url, secret, content_type: 'json' },
  });
  return hook.id;
}

/** The model with three versions: Git deploys 1.0.0 in prod, the training pipeline has labelled 1.1.0 and 1.2.0 `test`. */
export async function seedRegistry(registry: Server, model: string, kind: RegistryName = 'kubeflow'): Promise<void> {
  const people = register[kind](registry);
  await people.model(model);
  for (const [name, label] of Object.entries({ '1.0.0': 'prod', '1.1.0': 'test', '1.2.0': 'test' }))
    await people.version(model, name, label);
}
