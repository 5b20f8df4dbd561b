// What each function needs at least, by the rows of functions and settings.
import type { Row } from '../config/settings/reader.ts';
import { isFor, settings } from '../functions/settings.ts';
import { type FunctionName, rowOf } from '../functions/table.ts';

/** Nothing listens there: Git and registry are down. */
export const nowhere = 'http://127.0.0.1:9';

const values: Readonly<Record<string, string>> = {
  GITEA_WEBHOOK_SECRET: 'recording-secret',
  GITEA_URL: nowhere,
  GITEA_REPOSITORY: 'mlops/mlops-gitops',
  GITEA_STATUS_TOKEN: 'token',
  MODEL_REGISTRY_URL: nowhere,
  NOTIFY_CHANNELS: JSON.stringify([{ kind: 'teams', name: 'releases', url: nowhere }]),
  SERVING_NAMESPACES: 'prod=user1-prod',
};

export function minimalSettings(name: FunctionName): Record<string, string> {
  const fn = rowOf(name);
  const needed = Object.entries<Row>(settings)
    .filter(([setting, row]) => isFor(row, fn) && (row.required || setting === fn.onlyWith?.setting))
    .map(([setting]) => setting);
  return Object.fromEntries(needed.map((setting) => [setting, values[setting] ?? 'a value']));
}
