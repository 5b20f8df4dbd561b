// Programs some tests need beside Node. Each is named by an environment variable that holds its path; `.ci/run` installs them
// all. Where one is missing the tests are skipped and say so; in CI (variable CI set) a skip is a failure.
import { existsSync } from 'node:fs';
import type { Context } from 'mocha';

const tools = {
  KNATIVE_BROKER: 'the real Knative broker code: go build -C test/knative -o <path> .',
  HELM: 'helm: go install helm.sh/helm/v3/cmd/helm@latest',
  KUBECONFORM: 'kubeconform: go install github.com/yannh/kubeconform/cmd/kubeconform@latest',
  CHROMIUM: 'Chromium: apt-get install chromium',
} as const;

export type Tool = keyof typeof tools;

/** The program's path; to be called in `before`, with mocha's `this`. Skips the suite without it, fails it in CI. */
export function tool(context: Context, name: Tool): string {
  const path = process.env[name];
  if (path && existsSync(path)) return path;
  const why = `${name} ${path ? `says ${path}, where there is nothing` : 'is not set'}; it is the path of ${tools[name]}`;
  if (process.env.CI) throw new Error(`${why}. In CI nothing is skipped.`);
  console.log(`      skipped: ${why}`);
  return context.skip();
}
