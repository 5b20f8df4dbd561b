// Programs some tests need beside Node. Each is found under its usual names, or where the environment variable says; `.ci/run`
// installs them all. Where one is missing the tests are skipped and say so; in CI (variable CI set) a skip is a failure.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Context } from 'mocha';

const mac = (name: string) => `/Applications/${name}.app/Contents/MacOS/${name}`;
const tools = {
  KNATIVE_BROKER: {
    from: 'the real Knative broker code: go build -C test -o <path> ./knative',
    names: ['knative-broker'],
  },
  GO_YAML: {
    from: 'the Go library that Helm reads files with: go build -C test -o <path> ./yaml-go',
    names: ['yaml-go'],
  },
  HELM: { from: 'helm: go install helm.sh/helm/v3/cmd/helm@latest', names: ['helm'] },
  KUBECONFORM: {
    from: 'kubeconform: go install github.com/yannh/kubeconform/cmd/kubeconform@latest',
    names: ['kubeconform'],
  },
  MLFLOW: { from: 'mlflow, the newest: pip install mlflow', names: ['mlflow'] },
  MLFLOW_OLDEST: { from: 'mlflow, the oldest that is supported: pip install mlflow==2.16.2', names: ['mlflow-2.16.2'] },
  SCRIPT: { from: 'script, which lends a terminal: apt-get install bsdutils', names: ['script'] },
  BASH: { from: 'bash', names: ['bash'] },
  ZSH: { from: 'zsh: apt-get install zsh', names: ['zsh'] },
  FISH: { from: 'fish: apt-get install fish', names: ['fish'] },
  CHROMIUM: {
    from: 'Chromium: apt-get install chromium',
    names: [
      ...['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'],
      ...[mac('Chromium'), mac('Google Chrome')],
    ],
  },
} as const;

export type Tool = keyof typeof tools;

/** The program's path. A variable that is set is believed: another program than the named one would prove something else. */
export function findTool(name: Tool): string | undefined {
  const said = process.env[name];
  if (said) return existsSync(said) ? said : undefined;
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return tools[name].names
    .flatMap((file) => (path.isAbsolute(file) ? [file] : folders.map((folder) => path.join(folder, file))))
    .find((file) => existsSync(file));
}

/** The program's path; to be called in `before`, with mocha's `this`. Skips the suite without it, fails it in CI. */
export function tool(context: Context, name: Tool): string {
  const found = findTool(name);
  if (found) return found;
  const { from, names } = tools[name];
  const said = process.env[name];
  const looked = said
    ? `${name} says ${said}, where there is nothing`
    : `${name} is not set, and there is no ${names.join(', ')}`;
  const why = `${looked}; it is the path of ${from}`;
  if (process.env.CI) throw new Error(`${why}. In CI nothing is skipped.`);
  console.log(`      skipped: ${why}`);
  return context.skip();
}
