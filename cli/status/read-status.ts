// Compares Git with each registry, for every model of the environments that were asked for. Only reads.
import { modelEvents } from '../../functions/parse/make-events.ts';
import { type ComparedModel, compareModels } from '../../functions/registry-writer/compare.ts';
import type { OwnSettings } from '../../functions/settings.ts';
import { once } from '../../io/share-calls.ts';
import { compareCodePoints } from '../../promotions/code-point-order.ts';
import type { EnvironmentReport, Promotion } from '../../promotions/promotion.ts';
import { archivedIn } from '../../promotions/registry-plan.ts';
import { openRegistry } from '../../registries/index.ts';
import type { Registry } from '../../registries/registry.ts';
import {
  type Both,
  createOpenBoth,
  type Git,
  observationOf,
  type UnreadableFile,
  type Warning,
  type WithoutFiles,
} from '../git.ts';
import { type Found, ofEach } from '../registries.ts';
import type { ReadingShell } from '../shell.ts';
import { type About, type ModelStatus, servedOnly, statusOf, unknownModel } from './model-status.ts';
import { readServing } from './read-serving.ts';

export interface Status {
  repository: string;
  branch: string;
  head: string;
  environments: string[];
  unreadable: UnreadableFile[];
  warnings: Warning[];
  withoutFiles: WithoutFiles[];
  /** Compared with each registry, the first one first. */
  registries: Found<RegistryStatus>[];
}

export interface RegistryStatus {
  /** By environment, then by name. */
  models: ModelStatus[];
  /** About what Git deploys and this registry has. */
  archived: Warning[];
}

export async function readStatus(shell: ReadingShell, asked: readonly string[]): Promise<Status> {
  return compareBoth(shell, await createOpenBoth(shell)(asked));
}

/** `open`: gives access to a registry. */
export async function compareBoth(
  shell: ReadingShell,
  { settings, git, environments }: Both,
  open = (own: OwnSettings['registryWriter']): Registry => openRegistry(own, shell.io),
): Promise<Status> {
  const registries = await ofEach(settings, (own) =>
    compareRegistry(shell, own, git, environments, open(own.registryWriter)),
  );
  const { repository, branch, head } = git.reading;
  const isAsked = ({ environment }: { environment: string }) => environments.includes(environment);
  return {
    repository,
    branch,
    head,
    environments,
    unreadable: git.unreadable.filter(isAsked),
    warnings: git.warnings.filter(isAsked),
    withoutFiles: git.withoutFiles.filter(isAsked),
    registries,
  };
}

async function compareRegistry(
  shell: ReadingShell,
  settings: Pick<OwnSettings, 'parse' | 'registryWriter'>,
  git: Git,
  environments: readonly string[],
  opened: Registry,
): Promise<RegistryStatus> {
  shell.progress.step('Reading the registry');
  // The same list for all environments.
  const registry = { ...opened, models: once(opened.models) };
  const models: ModelStatus[] = [];
  const archived: Warning[] = [];
  for (const environment of environments) {
    const { observation, compared, now } = await compareGit(shell, settings, git, registry, environment);
    const about = { ...observation, now: now() };
    const known = new Set(compared.map(({ model }) => model.name));
    archived.push(...compared.flatMap((one) => archivedOf(one, environment)));
    models.push(
      ...(await withServing(compared, about, registry)),
      ...observation.models.filter(({ model }) => !known.has(model)).map((one) => unknownModel(one, about)),
    );
  }
  shell.progress.step('Reading who promoted the models that differ');
  await addProvenance(models);
  return {
    archived,
    models: models.sort(
      (a, b) =>
        environments.indexOf(a.environment) - environments.indexOf(b.environment) ||
        compareCodePoints(a.model, b.model),
    ),
  };

  /** Asks Git where the registry has no deployment record; only there, because it takes two calls for each model. */
  async function addProvenance(all: ModelStatus[]): Promise<void> {
    const due = all.filter(
      ({ git: versions, since, state }) => versions.length > 0 && (since === undefined || state === 'drift'),
    );
    const origin = { cause: { source: 'post-deployment', id: 'status' } };
    const events = await modelEvents(git.reading, due, { cause: 'reconcile', origin }, git.forge, settings.parse);
    for (const [i, { data }] of events.entries()) {
      const { serving } = data as Promotion;
      const [latest] = [...serving].sort((a, b) => Date.parse(b.promotedAt) - Date.parse(a.promotedAt));
      if (latest === undefined) continue;
      const { promotedAt, promotedBy, pullRequest, commit } = latest;
      const by = promotedBy.login || promotedBy.name;
      const model = due[i]!;
      delete model.pullRequest;
      Object.assign(model, {
        since: promotedAt,
        commit,
        ...(by && { by }),
        ...(pullRequest && { pullRequest: pullRequest.url }),
      });
    }
  }
}

/** The status of each model, with what serves where somebody has observed that. */
async function withServing(
  compared: readonly ComparedModel[],
  about: About,
  registry: Registry,
): Promise<ModelStatus[]> {
  const serving = await readServing(about.environment, compared, registry, about.now);
  const statuses = compared.map((one) => statusOf(one, about));
  const rare = [...serving.keys()].filter((name) => !compared.some(({ model }) => model.name === name));
  return [...statuses, ...rare.map((name) => servedOnly(name, about))].map((status) => {
    const cluster = serving.get(status.model);
    return cluster ? { ...status, cluster } : status;
  });
}

/** Compares one environment. `now`: the registry's clock. */
export async function compareGit(
  shell: ReadingShell,
  settings: Pick<OwnSettings, 'parse' | 'registryWriter'>,
  { reading }: Git,
  registry: Registry,
  environment: string,
): Promise<{ observation: EnvironmentReport; compared: ComparedModel[]; now: () => number }> {
  const { parse, registryWriter } = settings;
  const now = () => registry.serverTime() ?? shell.io.clock.now();
  const observation = observationOf(reading, environment, parse);
  const silent = () => {};
  const compared = await compareModels(observation, registry, registryWriter.floatingVersions, now, silent);
  return { observation, compared, now };
}

export function archivedOf({ model, plan }: ComparedModel, environment: string): Warning[] {
  return archivedIn(plan).map((version) => ({
    environment,
    about: model.name,
    reason: `Git deploys version ${version}, which is archived in the registry.`,
  }));
}
