// The console: one page that shows the whole system live, and lets one merge, break and mend. Served on loopback by `npm run
// local` and `npm run demo -- --stay`; not part of the image.
//
//   const console = await startConsole(system, { port: 8070 });
//   … open console.url in a browser
//   await console.close();
//
// Who reads what: record.ts listens to the system, view.ts reads Git and registry (and in it what serves), actions.ts and trouble.ts act; page/ is what
// the browser gets.
import { randomBytes } from 'node:crypto';
import type { Actions } from '../../console/action.ts';
import { createHappenings, type Happenings } from '../../console/happenings.ts';
import { createLive } from '../../console/live.ts';
import { listen } from '../../console/server.ts';
import {
  deliveryLost,
  deploymentWarned,
  environmentObserved,
  modelPromoted,
  modelWithdrawn,
  servingObserved,
} from '../../events/index.ts';
import { type Need, rows } from '../../functions/table.ts';
import { createGitActions, mergeStyles } from './actions.ts';
import { createMask, isSecretName } from './mask.ts';
import { record } from './record.ts';
import type { RunningSystem } from './system.ts';
import { createTrouble } from './trouble.ts';
import { createViewer, type Viewer } from './view.ts';
import { nextFaults } from './webhook-faults.ts';

export interface ConsoleOptions {
  /** 0 (default): any free one. */
  port?: number;
}

export interface Console {
  url: string;
  happenings: Happenings;
  viewer: Viewer;
  close(): Promise<void>;
}

/** From here on everything that happens is noted, whether a page is open or not. */
export async function startConsole(system: RunningSystem, options: ConsoleOptions = {}): Promise<Console> {
  const { gitea, registry, settings, functions, broker } = system;
  const happenings = createHappenings();
  const secrets = Object.entries(settings).flatMap(([name, value]) => (isSecretName(name) && value ? [value] : []));
  const mask = createMask([...secrets, gitea.token, registry.token, system.webhook.secret]);
  const write = (value: unknown) => JSON.stringify(mask.value(value));
  const token = randomBytes(16).toString('hex');
  const live = createLive(happenings, write);
  const viewer = createViewer(system);
  const branch = () => viewer.view().git.value?.branch;
  const trouble = createTrouble(system, {
    branch,
    environment: () => viewer.view().overview.value?.rows[0]?.environment ?? 'prod',
    changed: () => live.send('trouble', trouble.view()),
    // After the webhook itself has been noted.
    met: (id, fault) => setImmediate(() => happenings.add('fault', { id, fault })),
  });
  const stopRecording = record(system, happenings);
  const stopViewing = viewer.listen((view) => live.send('view', view));

  const hello = () => ({
    kind: 'local',
    // Under a name that is not masked: the page sends it back with what it asks for.
    pass: token,
    epoch: happenings.epoch,
    functions: functions.map(({ name }) => name),
    talksTo,
    makers,
    deadLetters: functions.find(({ url }) => broker.triggers.some(({ deadLetterSink }) => deadLetterSink === url))
      ?.name,
    subscribers: broker.triggers.map(({ name, types }) => ({ name, types })),
    gitea: { url: gitea.url, repository: gitea.repository, standIn: gitea.standIn !== undefined },
    registry: { url: registry.url, standIn: registry.standIn !== undefined },
    ...(system.cluster && { cluster: { url: system.cluster.url, standIn: true } }),
    mergeStyles,
    nextFaults,
    view: viewer.view(),
    trouble: trouble.view(),
  });

  const act = (name: string, action: Actions[string]): Actions[string] => {
    return async (fields) => {
      const at = Date.now();
      try {
        const text = await action(fields);
        // From its beginning, so that it stands before what follows from it.
        happenings.add('act', { at, name, text });
        return text;
      } finally {
        viewer.refresh();
      }
    };
  };
  const all: Actions = {
    ...(gitea.standIn ? createGitActions(system, branch) : {}),
    async reconcile() {
      // The broker answers when all deliveries have ended; the page does not wait for that.
      void system.ping().catch(() => {});
      return 'A reconcile was asked for';
    },
    ...trouble.actions,
  };
  const actions = Object.fromEntries(Object.entries(all).map(([name, action]) => [name, act(name, action)]));

  const { port, close } = await listen(
    {
      token,
      live: (response, lastEventId) => live.open(response, lastEventId, hello),
      inFull: (seq) => mask.value(happenings.inFull(seq)),
      actions,
    },
    options.port ?? 0,
  );
  viewer.refresh();
  return {
    url: `http://127.0.0.1:${port}/`,
    happenings,
    viewer,
    async close() {
      stopRecording();
      stopViewing();
      trouble.close();
      viewer.close();
      live.close();
      await close();
    },
  };
}

/** The servers of the picture. */
const serverOf: Partial<Record<Need, string>> = { git: 'gitea', registry: 'registry', kubernetes: 'cluster' };

/** Which function calls which server; others are learned from what is seen. */
const talksTo = Object.fromEntries(
  rows.map(({ name, needs }) => [name, needs.flatMap((need) => serverOf[need] ?? [])]),
);

/** Which function posts which type of event; replies say it themselves. */
const makers = {
  [modelPromoted.type]: 'parse',
  [modelWithdrawn.type]: 'parse',
  [environmentObserved.type]: 'parse',
  [deploymentWarned.type]: 'parse',
  [servingObserved.type]: 'rollout-observer',
  [deliveryLost.type]: 'dead-letter',
};
