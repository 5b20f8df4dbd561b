// Somebody who may not: sends webhooks without the secret, pushes that never were with it, and events of their own to the
// broker. That nobody takes what is not signed is checked here; that it changes nothing, by the watch and the oracle.
import { deliveryHeaders } from '../../stand-ins/gitea/delivery-headers.ts';
import { GENERATIONS } from '../../stand-ins/gitea/generations.ts';
import { listCommits } from '../../stand-ins/gitea/git/history.ts';
import { stamp } from '../../stand-ins/gitea/world.ts';
import type { Course } from './course.ts';
import { type Git, lowered, webhookSecret } from './git.ts';
import { models, type Step, versions } from './history.ts';
import type { Installation } from './installation.ts';
import { type Answer, type Caller, type Network, NoAnswer } from './network.ts';
import { brokerUrl } from './processes.ts';
import { Divergence } from './watch.ts';

/** Who claims to have pushed what never was pushed: with the secret one can say that much (docs/security.md). */
const forger = 'mallory';

/** Ids of made-up events begin so: that they end as dead letters is no loss. */
export const forgedId = 'forged-';

export type Forge = Step & { do: 'forge' };
type Named = { model: string; version: string };

export function createForger(
  course: Course,
  network: Pick<Network, 'call'>,
  git: Git,
  { source, broker, seen }: Pick<Installation, 'source' | 'broker' | 'seen'>,
): (step: Forge) => void {
  const { history, time, coverage } = course;
  const [fleet] = git.repositories as [Git['repositories'][number]];
  const { handle } = fleet;
  let forged = 0;

  return ({ what, model, version }) => {
    forged += 1;
    const named = { model: models[model]!, version: versions[version]! };
    switch (what) {
      case 'webhook without a signature':
        return webhook(what, undefined);
      case 'webhook with a wrong signature':
        return webhook(what, 'another secret');
      case 'webhook of a push that never was':
        return webhook(what, webhookSecret);
      case 'promotion without a good signature':
        return unlike('dev.mlops.model.promoted.v1', (data) => ({
          ...data,
          model: named.model,
          observedAt: soon(),
          serving: [{ ...(data.serving as object[])[0], version: named.version }],
        }));
      case 'observation without a good signature':
        return unlike('dev.mlops.environment.observed.v1', (data) => ({ ...data, observedAt: soon(), models: [] }));
      case 'drift of everything':
        return send('dev.mlops.registry.drifted.v1', driftOf(named));
    }
  };

  /** `secret` undefined: it is not signed at all. */
  function webhook(what: string, secret: string | undefined): void {
    const [hook] = handle.repository.hooks;
    const payload = pushThatNeverWas();
    if (hook === undefined || payload === undefined) return;
    const delivery = { uuid: `${forgedId}${forged}`, eventType: 'push', payload };
    const signed = deliveryHeaders(GENERATIONS[history.gitea], { ...hook, secret: secret ?? '' }, delivery);
    const kept = secret === undefined ? signed.filter(([name]) => !name.includes('Signature')) : signed;
    const request = {
      method: 'POST',
      url: hook.url,
      headers: lowered(Object.fromEntries(kept)),
      body: Buffer.from(payload),
    };
    coverage.count(`forged ${what}`);
    if (secret === webhookSecret) {
      git.forger = forger;
      git.repositories[0]!.claimed.add(JSON.parse(payload).before);
    }
    const caller: Caller = { instance: 0, alive: () => true, atEnd: new Set() };
    network.call('gitea → gitea-source', caller, source, request, 5_000).then(
      course.guard(({ status }: Answer) => {
        if (secret !== webhookSecret && status < 300)
          throw new Divergence(`gitea-source answered ${status} to a ${what}`);
      }),
      () => {},
    );
  }

  /** From any commit that is there, those of open requests among them, to any other or the head. */
  function pushThatNeverWas(): string | undefined {
    const { store, refs } = handle.repository;
    const tips = [...refs.values()].filter((id) => store.type(id) === 'commit');
    const commits = listCommits(store, tips);
    const any = () => commits[Math.floor(time.random() * commits.length)];
    const [before, after] = [any(), time.random() < 0.5 ? handle.head() : any()];
    if (before === undefined || after === undefined) return undefined;
    const { id, created } = handle.repository;
    const named = { id, created_at: stamp(created), full_name: fleet.fullName, html_url: fleet.url };
    const repository = { ...named, default_branch: 'main' };
    return JSON.stringify({
      ref: 'refs/heads/main',
      before,
      after,
      commits: [],
      repository,
      pusher: { login: forger },
    });
  }

  /** The last true event of its type, but for something: what it was signed with is not good for that. */
  function unlike(type: string, change: (data: Record<string, unknown>) => object): void {
    const last = seen(type);
    // Without a key whoever reaches the broker is believed; the network has to keep others out.
    if (last === undefined || !history.signed) return;
    const { signature = '' } = last.attributes;
    send(type, change(JSON.parse(last.data.toString('utf8')) as Record<string, unknown>), {
      'ce-signature': signature,
    });
  }

  function driftOf({ model, version }: Named): object {
    const head = handle.head() ?? 'f'.repeat(40);
    const differing = [{ model, git: [version], registry: [] }];
    return { environment: 'prod', repository: fleet.url, head, observedAt: soon(), models: differing };
  }

  function soon(): string {
    return new Date(time.now + 5_000).toISOString();
  }

  function send(type: string, data: object, more: Record<string, string> = {}): void {
    coverage.count(`forged ${type}`);
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': `${forgedId}${forged}`,
      'ce-source': fleet.url,
      'ce-type': type,
      'ce-subject': 'prod',
      'content-type': 'application/json',
      ...more,
    };
    const gone = new AbortController().signal;
    const info = { link: undefined, nth: 0, sentAt: time.now, instance: 0, late: false, gone };
    const request = { method: 'POST', url: brokerUrl, headers, body: Buffer.from(JSON.stringify(data)) };
    broker.take?.(request, info).catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) course.fail(error);
    });
  }
}
