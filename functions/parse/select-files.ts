// Which entries of a tree are deployment files of watched environments, and whether the templates fit the repository at all.

import { StopError } from '../../events/errors.ts';
import type { Forge, Tree, TreeEntry } from '../../forges/forge.ts';
import { compareCodePoints } from '../../promotions/code-point-order.ts';
import { type DeploymentTemplate, matchTemplates, readTemplate } from '../../promotions/deployment-template.ts';
import { isEnvironmentName } from '../../promotions/environment-name.ts';
import type { OwnSettings } from '../settings.ts';
import { isLink, type Place } from './follow-links.ts';

export interface SelectedFile {
  path: string;
  application: string;
  entry: TreeEntry;
}

type ParseSettings = OwnSettings['parse'];

/** The templates of DEPLOYMENT_FILES, checked when the settings were read. */
export function templatesOf({ deploymentFiles }: ParseSettings): DeploymentTemplate[] {
  return deploymentFiles.map((text) => {
    const template = readTemplate(text);
    if ('expected' in template) throw new Error(`DEPLOYMENT_FILES: expected ${template.expected}`);
    return template;
  });
}

/** Files by environment. Folders are none; links and submodules are, since Argo CD's generator finds them too. */
export function selectFiles(templates: readonly DeploymentTemplate[], tree: Tree): Map<string, SelectedFile[]> {
  const selected = new Map<string, SelectedFile[]>();
  for (const [path, entry] of tree) {
    if (entry.type === 'tree') continue;
    const found = matchTemplates(templates, path);
    if (found === undefined) continue;
    const file = { path, application: found.application, entry };
    const list = selected.get(found.environment);
    if (list) list.push(file);
    else selected.set(found.environment, [file]);
  }
  return selected;
}

/** Links that may lead to folders of deployment files; more are not looked at. */
const maxFolderLinks = 50;

/**
 * Deployment files behind folders that are links, by environment, with the paths they would have. Argo CD's generator of files finds
 * them only when its new globbing is switched on, but people expect that it does.
 */
export async function filesBehindLinks(
  templates: readonly DeploymentTemplate[],
  tree: Tree,
  follow: (path: string) => Promise<Place>,
): Promise<{ environment: string; path: string }[]> {
  const links = [...tree.values()].filter(
    (entry) =>
      isLink(entry) &&
      matchTemplates(templates, entry.path) === undefined &&
      templates.some(({ folder }) => folder === '' || `${entry.path}/`.startsWith(`${folder}/`)),
  );
  const found: { environment: string; path: string }[] = [];
  for (const { path: link } of links.slice(0, maxFolderLinks)) {
    const { folder } = await follow(link);
    if (folder === undefined) continue;
    for (const [path, { type }] of tree) {
      if (type === 'tree' || !path.startsWith(`${folder}/`)) continue;
      const wouldBe = link + path.slice(folder.length);
      const { environment } = matchTemplates(templates, wouldBe) ?? {};
      if (environment !== undefined) found.push({ environment, path: wouldBe });
    }
  }
  return found;
}

/** Environments to look at, in order. `left`: names that cannot be environments and are left alone. */
export function watchedEnvironments(
  { environments }: ParseSettings,
  found: Iterable<string>,
): { watched: string[]; left: string[] } {
  const names = environments === '*' ? [...new Set(found)].sort(compareCodePoints) : environments;
  return { watched: names.filter(isEnvironmentName), left: names.filter((name) => !isEnvironmentName(name)) };
}

/**
 * Throws StopError 422 when a template matches nothing: a mistake in the settings must not read as "everything is withdrawn".
 * It may match nothing when it did at `before`, or, in a reconcile, when its folder was there once and is gone.
 */
export async function checkTemplates(
  templates: readonly DeploymentTemplate[],
  { head, tree, before, reconcile }: { head: string; tree: Tree; before?: Tree; reconcile: boolean },
  forge: Forge,
): Promise<void> {
  for (const template of templates) {
    if (matchesIn(template, tree) || (before && matchesIn(template, before))) continue;
    if (reconcile && (await isFolderGone(template, tree, head, forge))) continue;
    throw new StopError(
      422,
      `DEPLOYMENT_FILES: expected files like ${template.text} at commit ${head}, found none. Nothing is withdrawn.`,
    );
  }
}

function matchesIn(template: DeploymentTemplate, tree: Tree): boolean {
  for (const [path, { type }] of tree) if (type !== 'tree' && template.match(path)) return true;
  return false;
}

async function isFolderGone({ folder }: DeploymentTemplate, tree: Tree, head: string, forge: Forge): Promise<boolean> {
  if (folder === '') return tree.size === 0;
  for (const path of tree.keys()) if (path.startsWith(`${folder}/`)) return false;
  const entry = tree.get(folder);
  if (entry?.type === 'tree') return false;
  return (await forge.history(head, folder, 1)).length > 0;
}
