// Finds a model or a version by name and compares exactly, with one call wherever the server can do it in one.
import { TryAgainError } from '../../events/errors.ts';
import type { RegisteredModel, RegisteredVersion } from '../../promotions/registry-state.ts';
import type { Client } from './client.ts';
import { isPlainName, isPossibleName, nameFilter } from './filter.ts';
import { type List, readOnePage, walk } from './pages.ts';
import { readModel, readVersion } from './wire.ts';

export const modelList: List<RegisteredModel> = { route: '/registered_models', read: readModel };

export const versionList = (model: RegisteredModel): List<RegisteredVersion> => ({
  route: '/registered_models/{id}/versions',
  path: { id: model.id },
  read: readVersion,
});

export const filtered = <T>(list: List<T>, filterQuery: string | undefined): List<T> =>
  filterQuery === undefined ? list : { ...list, query: { ...list.query, filterQuery } };

/** All versions of the model when the server turned out to send whole lists; undefined when it filters. */
export type WholeList = () => Promise<readonly RegisteredVersion[] | undefined>;

/**
 * The model of exactly that name. A plain name is looked up; a 200 may still be another model (MariaDB ignores case), and
 * "multiple" says nothing. Those, and names with wildcards, are read from the list that is filtered by name.
 */
export async function findModel(client: Client, name: string): Promise<RegisteredModel | undefined> {
  if (!isPossibleName(name)) return undefined;
  if (isPlainName(name)) {
    const found = await client.find({ route: '/registered_model', query: { name } }, readModel);
    if (found === 'none') return undefined;
    if (found !== 'several' && found.name === name) return found;
  }
  for await (const model of walk(client, filtered(modelList, nameFilter(name)))) {
    if (model.name === name) return model;
  }
  return undefined;
}

/**
 * The version of exactly that name, as findModel. A filtered list is read one page far beside the list of holders; only when
 * that page settles nothing is it asked whether the holders' list was the whole list (an old server), before reading on.
 */
export async function findVersion(
  client: Client,
  model: RegisteredModel,
  name: string,
  whole: WholeList,
): Promise<RegisteredVersion | undefined> {
  if (!isPossibleName(name)) return undefined;
  if (isPlainName(name)) {
    const found = await client.find(
      { route: '/model_version', query: { name, parentResourceId: model.id } },
      readVersion,
    );
    if (found === 'none') return undefined;
    if (found !== 'several' && found.name === name) return ofModel(model, found);
  }
  const filter = nameFilter(name);
  const list = filtered(versionList(model), filter);
  const isIt = (version: RegisteredVersion) => version.name === name;
  // Without a filter this would be the whole list, which the holders' list may already be.
  const first = filter === undefined ? undefined : await readOnePage(client, list);
  const here = first?.items.find(isIt);
  if (here !== undefined) return ofModel(model, here);
  const versions = await whole();
  if (versions !== undefined) return versions.find(isIt);
  for await (const version of walk(client, list, first)) {
    if (isIt(version)) return ofModel(model, version);
  }
  return undefined;
}

/** A version of another model here means that the answer was not the one asked for. */
export function ofModel(model: RegisteredModel, version: RegisteredVersion): RegisteredVersion {
  if (version.modelId === model.id) return version;
  throw new TryAgainError(
    `model registry: asked for versions of model ${model.id}, version ${version.id} of model ${version.modelId} came`,
  );
}
