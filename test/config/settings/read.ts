// Settings of each function as tests read them: what it needs is set, everything else is what the test says.
import assert from 'node:assert/strict';
import { SettingsError } from '../../../config/settings/reader.ts';
import { readSettings, type Settings } from '../../../functions/settings.ts';
import type { FunctionName } from '../../../functions/table.ts';

export type Env = Record<string, string>;

export const noFile = (path: string): string => {
  throw new Error(`no ${path}`);
};

/** Reads from these texts. */
export const files = (content: Env) => (path: string) => content[path] ?? noFile(path);

export const required: Record<FunctionName, Env> = {
  'gitea-source': { GITEA_WEBHOOK_SECRET: 's3cret of a webhook' },
  parse: { GITEA_URL: 'https://gitea.example.com', GITEA_REPOSITORY: 'mlops/gitops' },
  'registry-writer': { MODEL_REGISTRY_URL: 'https://registry.example.com' },
  'dead-letter': {},
  'commit-status': {
    GITEA_URL: 'https://gitea.example.com',
    GITEA_REPOSITORY: 'mlops/gitops',
    GITEA_STATUS_TOKEN: 't0ken',
  },
  notify: { NOTIFY_CHANNELS: '[{"kind":"teams","name":"releases","url":"https://teams.example.com/hook"}]' },
  'rollout-observer': { SERVING_NAMESPACES: 'test=user1-test,prod=user1-prod' },
};

const reader =
  <N extends FunctionName>(name: N) =>
  (env: Env, readFile = noFile) =>
    readSettings({ ...required[name], ...env }, name, readFile);
export const source = reader('gitea-source');
export const parse = reader('parse');
export const status = reader('commit-status');
export const writer = reader('registry-writer');
export const notify = reader('notify');
export const observer = reader('rollout-observer');

/** The lines of the SettingsError that it throws. */
export function errorsOf(read: () => Settings): string[] {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.message.split('\n').slice(1);
  }
  return assert.fail('expected a SettingsError');
}
