// notify on our host, told of promotions by events as registry-writer, parse and dead-letter send them.
import type { CloudEvent } from 'cloudevents';
import * as deliveryLost from '../../../events/delivery-lost.ts';
import * as deploymentWarned from '../../../events/deployment-warned.ts';
import * as modelPromoted from '../../../events/model-promoted.ts';
import * as registryUpdated from '../../../events/registry-updated.ts';
import * as servingObserved from '../../../events/serving-observed.ts';
import { functions } from '../../../functions/table.ts';
import { serve } from '../../../host/server.ts';
import type { Clock, HttpResponse } from '../../../io/io.ts';
import { sendEvent } from '../../../io/sink.ts';
import { recordingIo } from '../../io/recording-io.ts';
import { openFunction } from '../open-function.ts';

export const repository = 'https://gitea.example.com/mlops/mlops-gitops';
export const uiUrl = 'https://registry.example.com/model-registry';
export const commit = (digit: number) => String(digit).repeat(40);

const yesterday = Date.now() - 24 * 3_600_000;
/** A time that is past. */
export const at = (second: number) => new Date(yesterday + second * 1000).toISOString();

type Update = registryUpdated.RegistryUpdate;

let count = 0;
function updated(second: number, type: string, more: Partial<Update>): CloudEvent<Update> {
  const update: Update = {
    registry: 'https://registry.example.com',
    environment: 'prod',
    model: 'karaoke',
    repository,
    head: commit(1),
    commits: [commit(1)],
    observedAt: at(second),
    outcome: 'changed',
    reason: '',
    changes: [],
    cause: { id: 'e1', type },
    ...more,
  };
  count += 1;
  return registryUpdated.make(update, { cause: { source: '/test', id: `e${count}` }, time: at(second) });
}

/** The label goes from one version to another, as a reading of Git at that second says. */
export function labelled(second: number, version = '1.1.0', more: Partial<Update> = {}): CloudEvent<Update> {
  const { environment = 'prod' } = more;
  const record = { promotedBy: 'ada', pullRequest: `${repository}/pulls/3` };
  const set = Object.fromEntries(Object.entries(record).map(([name, value]) => [`${environment}.${name}`, value]));
  return updated(second, modelPromoted.type, {
    versions: [version],
    page: `versions/${version}`,
    changes: [
      { on: 'version', name: version, set: { [environment]: '', ...set }, removed: [] },
      { on: 'version', name: '1.0.0', set: {}, removed: [environment] },
    ],
    ...more,
  });
}

export function leftAlone(second: number, reason: string, more: Partial<Update> = {}): CloudEvent<Update> {
  return updated(second, modelPromoted.type, { outcome: 'ignored', reason, versions: ['1.1.0'], ...more });
}

type Verdict = servingObserved.ServingVerdict;

/** What the cluster shows at that second of the rollout of a version, and what was written because of it; `unchanged`: nothing. */
export function seen(
  second: number,
  phase: Verdict['phase'],
  more: Partial<Verdict> & { version?: string; outcome?: 'unchanged' } = {},
) {
  const { version = '1.1.0', outcome, ...rest } = more;
  const words = {
    verified: undefined,
    progressing: 'progressing',
    failed: 'failed: it is broken',
    drifted: 'pending',
    unknown: 'unknown',
  };
  const word = words[phase];
  const set: Record<string, string> = word === undefined ? { 'prod.serving': '' } : { 'prod.rollout': word };
  const serves = phase === 'verified' ? version : '1.0.0';
  return updated(second, servingObserved.type, {
    ...(outcome && { outcome }),
    changes: outcome ? [] : [{ on: 'version', name: version, set, removed: [] }],
    rollout: {
      phase,
      ...(phase !== 'verified' && { reason: 'no new Pod is available yet' }),
      serving: [{ version: serves, uri: `oci://x/karaoke:${serves}`, pods: 1 }],
      target: { version },
      ...rest,
    },
  });
}

export function warned(files: deploymentWarned.DeploymentWarning['files']): CloudEvent<unknown> {
  const data = { environment: 'prod', repository, branch: 'main', head: commit(1), observedAt: at(0), files };
  return deploymentWarned.make(data, { cause: { source: '/test', id: 'w1' }, time: at(0) });
}

export function lost(second: number, type: string, subject: string, more: Partial<deliveryLost.Loss> = {}) {
  count += 1;
  return deliveryLost.make(
    {
      event: { id: `e${count}`, type, source: repository, subject },
      failure: { kind: 'refusal', receiver: 'registry-writer', code: 503 },
      reason: 'registry-writer answered 503',
      remedy: 'Wait.',
      lostAt: at(second),
      observedAt: at(second),
      repository,
      commits: [commit(1)],
      ...more,
    },
    {},
  );
}

/** Where nothing waits for its turn: such a pause is over at once, and the clock says later. */
function withoutPauses(clock: Clock): Clock {
  let skipped = 0;
  return {
    now: clock.now,
    monotonic: () => clock.monotonic() + skipped,
    async sleep(ms, signal) {
      // A limit, which ends with what it limits.
      if (signal !== undefined) return clock.sleep(ms, signal);
      skipped += ms;
    },
  };
}

/** `channels`: as NOTIFY_CHANNELS lists them. */
export async function createWorld(channels: readonly object[], env: Record<string, string> = {}) {
  const { io: recording, lines } = recordingIo();
  const io = { ...recording, clock: withoutPauses(recording.clock) };
  const given = { NOTIFY_CHANNELS: JSON.stringify(channels), MODEL_REGISTRY_UI_URL: uiUrl, ...env };
  const start = () =>
    serve(openFunction('notify', given, io), {
      ...functions.notify,
      port: 0,
      hostname: '127.0.0.1',
      requestTimeoutMs: 200_000,
      gracePeriodMs: 1_000,
      io,
    });
  let host = await start();
  const post = (event: CloudEvent<unknown>): Promise<HttpResponse> =>
    sendEvent(io.sink, `http://127.0.0.1:${host.port}/`, event, { timeoutMs: 200_000 });
  return {
    lines,
    post,
    metrics: () => io.metrics.text(),
    /** Until it is accepted, as a broker does; how many attempts that took. */
    async deliver(event: CloudEvent<unknown>): Promise<number> {
      for (let attempts = 1; ; attempts++) {
        const { status, body } = await post(event);
        if (status === 202) return attempts;
        if (status !== 503) throw new Error(`${status}: ${body}`);
      }
    },
    /** Another process takes its place. */
    async restart() {
      await host.close();
      host = await start();
    },
    close: () => host.close(),
  };
}
