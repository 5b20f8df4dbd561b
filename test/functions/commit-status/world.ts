// commit-status on our host with the real adapter, before a Gitea stand-in: events go in by HTTP, statuses are read as people
// see them.
import type { CloudEvent } from 'cloudevents';
import * as deliveryLost from '../../../events/delivery-lost.ts';
import * as deploymentWarned from '../../../events/deployment-warned.ts';
import * as modelPromoted from '../../../events/model-promoted.ts';
import * as modelWithdrawn from '../../../events/model-withdrawn.ts';
import * as registryUpdated from '../../../events/registry-updated.ts';
import * as servingObserved from '../../../events/serving-observed.ts';
import { openForge } from '../../../forges/index.ts';
import { createCommitStatus } from '../../../functions/commit-status/function.ts';
import { eventHandler } from '../../../functions/function.ts';
import { readSettings } from '../../../functions/settings.ts';
import { serve } from '../../../host/server.ts';
import { callsTo } from '../../../io/calls.ts';
import type { HttpResponse } from '../../../io/io.ts';
import { sendEvent } from '../../../io/sink.ts';
import type { Promotion } from '../../../promotions/promotion.ts';
import { createGiteaStandIn, type GiteaStandIn, type StandInOptions } from '../../../stand-ins/gitea/index.ts';
import { recordingIo } from '../../io/recording-io.ts';

export interface Shown {
  context: string;
  state: string;
  description: string;
  url: string;
}

export interface World {
  gitea: GiteaStandIn;
  /** Full ids of commits on main, oldest first. */
  commits: readonly string[];
  /** html url of the repository. */
  repository: string;
  token: string;
  lines: ReturnType<typeof recordingIo>['lines'];
  /** Git deploys version 2 of `model` in prod, as a reading at second `second` of commit `commit` says. */
  promoted(second: number, more?: Partial<Promotion>): CloudEvent<unknown>;
  withdrawn(second: number, more?: Partial<Promotion>): CloudEvent<unknown>;
  /** Files as a reading at second `second` finds them. */
  warned(second: number, files: deploymentWarned.DeploymentWarning['files']): CloudEvent<unknown>;
  updated(cause: CloudEvent<unknown>, more?: Partial<registryUpdated.RegistryUpdate>): CloudEvent<unknown>;
  /** Answer to an observation: the rollout of version 2 of `model` to prod, as the cluster shows it at second `second`; 1 serves. */
  seen(second: number, more?: SeenMore): CloudEvent<unknown>;
  /** Given up ten minutes into the world. */
  lost(event: CloudEvent<unknown>, more?: Partial<deliveryLost.Loss>): CloudEvent<unknown>;
  post(event: CloudEvent<unknown>): Promise<HttpResponse>;
  /** Every status a commit was given, oldest first. */
  history(commit: string): Promise<Shown[]>;
  /** Of each context the newest. */
  shown(commit: string): Promise<Record<string, Shown>>;
  close(): Promise<void>;
}

const yesterday = Date.now() - 24 * 3_600_000;
/** A time that is past. */
export const at = (second: number) => new Date(yesterday + second * 1000).toISOString();

export type SeenMore = Partial<
  Omit<registryUpdated.RegistryUpdate, 'reason' | 'rollout'> & servingObserved.ServingVerdict
>;

export async function createWorld(options: StandInOptions = {}, env: Record<string, string> = {}): Promise<World> {
  const gitea = await createGiteaStandIn(options);
  const fleet = gitea.createRepository('ada/mlops-gitops', { files: { 'README.md': '# Fleet\n' } });
  const path = 'model-deployments/prod/jukebox/config.yaml';
  const commits = ['1', '2', '3'].map((version) =>
    fleet.commit({ files: { [path]: `name: jukebox\nversion: "${version}"\n` }, message: `Promote ${version}` }),
  );
  const token = gitea.createToken('ada', ['write:repository']);
  const { io, lines } = recordingIo();
  const given = { GITEA_URL: gitea.url, GITEA_REPOSITORY: 'ada/mlops-gitops', GITEA_STATUS_TOKEN: token };
  const settings = readSettings({ ...given, ...env }, 'commit-status', io.readFile);
  const statuses = openForge(settings.commitStatus, callsTo('gitea', io));
  const host = await serve(eventHandler(createCommitStatus(settings, io, statuses), io), {
    port: 0,
    hostname: '127.0.0.1',
    bodyLimit: 1024 * 1024,
    requestTimeoutMs: 200_000,
    gracePeriodMs: 1_000,
    io,
  });
  const repository = `${gitea.url}/ada/mlops-gitops`;
  const api = `${gitea.url}/api/v1/repos/ada/mlops-gitops/commits`;
  const origin = (second: number) => ({ cause: { source: repository, id: `read-${second}` }, time: at(second) });

  const about = (second: number, more: Partial<Promotion>): Promotion => ({
    environment: 'prod',
    model: 'jukebox',
    cause: 'push',
    repository,
    branch: 'main',
    head: commits[0]!,
    observedAt: at(second),
    complete: true,
    serving: [],
    ...more,
  });

  async function history(commit: string): Promise<Shown[]> {
    const found: Shown[] = [];
    for (let page = 1; ; page++) {
      const answer = await fetch(`${api}/${commit}/statuses?limit=50&page=${page}`, {
        headers: { authorization: `token ${gitea.token()}` },
      });
      const list = (await answer.json()) as Record<'context' | 'status' | 'description' | 'target_url', string>[];
      if (list.length === 0) return found;
      for (const { context, status: state, description, target_url: url } of list)
        found.push({ context, state, description, url });
    }
  }

  return {
    gitea,
    commits,
    repository,
    token,
    lines,
    promoted: (second, { head = commits[0]!, ...more } = {}) => {
      const serving = {
        version: '2',
        applications: ['jukebox'],
        path,
        commit: head,
        promotedAt: at(0),
        promotedBy: { login: 'ada' },
      };
      return modelPromoted.make(about(second, { head, serving: [serving], ...more }), origin(second));
    },
    withdrawn: (second, more = {}) => modelWithdrawn.make(about(second, more), origin(second)),
    warned: (second, files) => {
      const where = { environment: 'prod', repository, branch: 'main', head: commits[0]!, observedAt: at(second) };
      return deploymentWarned.make({ ...where, files }, origin(second));
    },
    updated: (cause, more = {}) => {
      const { environment, model, head, observedAt, serving } = cause.data as Promotion;
      const update: registryUpdated.RegistryUpdate = {
        registry: 'https://registry.example.test',
        environment,
        model,
        repository,
        head,
        commits: serving.length > 0 ? serving.map(({ commit }) => commit) : [head],
        observedAt,
        outcome: 'changed',
        reason: '',
        changes: [],
        cause: { id: cause.id, type: cause.type },
        ...more,
      };
      return registryUpdated.make(update, { cause, time: at(500) });
    },
    seen: (second, { phase = 'progressing', serving, ...more } = {}) => {
      const reason = 'reason' in more ? more.reason : 'no new Pod is available yet';
      const target = 'target' in more ? more.target : { version: '2', uri: 'oci://x/jukebox:2' };
      const { reason: _, target: __, ...rest } = more;
      const update: registryUpdated.RegistryUpdate = {
        registry: 'https://registry.example.test',
        environment: 'prod',
        model: 'jukebox',
        repository,
        head: commits[0]!,
        commits: [commits[0]!],
        observedAt: at(second),
        outcome: 'unchanged',
        reason: '',
        changes: [],
        rollout: {
          phase,
          ...(reason !== undefined && { reason }),
          serving: serving ?? [{ version: '1', uri: 'oci://x/jukebox:1', pods: 1 }],
          ...(target && { target }),
        },
        cause: { id: `seen-${second}`, type: servingObserved.type },
        ...rest,
      };
      return registryUpdated.make(update, origin(second));
    },
    lost: (event, { failure, ...more } = {}) => {
      const { id, type, source, subject } = event;
      const data = event.data as Promotion;
      const loss: deliveryLost.Loss = {
        event: { id, type, source, ...(subject === undefined ? {} : { subject }) },
        failure: failure ?? { kind: 'refusal', receiver: 'registry-writer', code: 503 },
        reason: 'registry-writer answered 503',
        remedy: 'Nothing to do: the next reconcile finds the difference',
        lostAt: at(600),
        repository,
        commits: data.serving?.map(({ commit }) => commit) ?? [commits[0]!],
        ...(data.observedAt === undefined ? {} : { observedAt: data.observedAt }),
        ...more,
      };
      return deliveryLost.make(loss, {});
    },
    post: (event) => sendEvent(io.sink, `http://127.0.0.1:${host.port}/`, event, { timeoutMs: 200_000 }),
    history,
    shown: async (commit) =>
      Object.fromEntries((await history(commit)).map((status) => [status.context, status])) as Record<string, Shown>,
    async close() {
      await host.close();
      await gitea.close();
    },
  };
}
