// `post-deployment console`: serves the page that shows a real installation: what Git deploys, what the cluster serves, what the
// registry shows, and what happened. Only reads, unless --allow-reconcile is set.
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { consoleTable } from '../../config/settings/console.ts';
import { readTable, SettingsError } from '../../config/settings/reader.ts';
import { settingsTable } from '../../config/settings/settings.ts';
import { ActionError, type Actions, type Fields } from '../../console/action.ts';
import { createHappenings } from '../../console/happenings.ts';
import { createLive } from '../../console/live.ts';
import type { Deployed } from '../../console/overview.ts';
import { listen, type Reach } from '../../console/server.ts';
import { isLoopback } from '../../io/addresses.ts';
import { createLanes } from '../../io/keyed-lock.ts';
import { inFlight } from '../../io/share-calls.ts';
import { sendPing } from '../../jobs/reconcile.ts';
import { createViewer, sentenceOf } from '../console/viewer.ts';
import { createOpenBoth, type OpenBoth } from '../git.ts';
import { silent } from '../progress.ts';
import { CommandError, type Result, wrongUse } from '../result.ts';
import type { ReadingShell, Shell } from '../shell.ts';
import { covers, differencesIn, type EnvironmentHistory, readHistory } from './history.ts';
import { reconcile } from './reconcile.ts';

export interface ConsoleOptions {
  port: number;
  /** IP address of an interface of this machine, or `*`. */
  listen: string;
  /** Seconds between two readings. */
  interval: number;
  allowReconcile?: boolean;
  json?: boolean;
}

const table = { ...consoleTable, MODEL_REGISTRY_UI_URL: settingsTable.MODEL_REGISTRY_UI_URL } as const;

/** Histories that are read at a time, however many rows are open on however many pages. */
const historiesAtOnce = 2;
/** Changes of a model that its history shows. */
const mostPeriods = 50;

/** Ends at Ctrl-C. */
export async function serveConsole(shell: Shell, options: ConsoleOptions): Promise<Result> {
  const settings = shell.settings(['parse', 'registry-writer']);
  const own = readOwn(shell);
  const reach = reachOf(options.listen, own);
  const reading: ReadingShell = { settings: shell.settings, io: shell.io, progress: silent };
  const open = createOpenBoth(reading);
  const happenings = createHappenings();
  const live = createLive(happenings, JSON.stringify);
  const pass = randomBytes(16).toString('hex');
  const viewer = createViewer(reading, open, {
    interval: options.interval * 1000,
    changed(view) {
      // What rules and adapters logged would be kept for ever.
      shell.log.length = 0;
      const { overview, recent } = viewer.view();
      if (view) live.send('view', view);
      else live.send('read', { overview: overview.at, recent: recent.at });
    },
  });
  const hello = () => ({
    pass,
    epoch: happenings.epoch,
    kind: 'installation',
    gitea: { url: settings.parse.url, repository: settings.parse.repository },
    registry: { ...(own.MODEL_REGISTRY_UI_URL && { url: own.MODEL_REGISTRY_UI_URL }) },
    ...(own.ARGOCD_URL && { argocd: { url: own.ARGOCD_URL } }),
    canReconcile: options.allowReconcile === true,
    view: viewer.view(),
  });
  const reconciling = createReconcile(shell, viewer.refresh);
  const actions: Actions = options.allowReconcile ? { reconcile: reconciling.act } : {};
  const inLane = createLanes(historiesAtOnce);
  const routes = {
    token: pass,
    live(response: ServerResponse, lastEventId: string | undefined) {
      live.open(response, lastEventId, hello);
      viewer.look(response);
    },
    inFull: () => undefined,
    actions,
    // Who asks the same meanwhile gets the same answer.
    history: inFlight((environment: string, model: string) =>
      inLane(() => historyOf(reading, open, environment, model)),
    ),
  };
  const { port, close } = await listen(routes, options.port, reach).catch((cause: NodeJS.ErrnoException) => {
    throw wrongUse(
      `Cannot listen on port ${options.port} of ${options.listen} (${cause.code}).`,
      'Choose another one with --port, or another address with --listen.',
      cause,
    );
  });
  const host = reach ? options.listen.replace('*', 'localhost') : '127.0.0.1';
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
  await shell.show(`${options.json ? JSON.stringify({ url }) : url}\n`);
  await new Promise<void>((resolve) => {
    shell.onInterrupt = resolve;
  });
  await reconciling.finish();
  live.close();
  await close();
  return { exitCode: 0, json: {}, text: () => '', shown: true };
}

function readOwn({ env, io }: Shell) {
  try {
    return readTable(table, () => true, env, io.readFile).finish();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw wrongUse(error.message, 'docs/settings.md says what each is for.');
  }
}

/** Throws CommandError where others could reach a page that asks nobody who they are. */
function reachOf(
  address: string,
  { CONSOLE_TOKEN: tokens, CONSOLE_USER_HEADER: userHeader }: ReturnType<typeof readOwn>,
): Reach | undefined {
  const isGuarded = tokens() !== undefined || userHeader !== undefined;
  if (tokens() !== undefined && userHeader !== undefined)
    throw wrongUse('Expected CONSOLE_TOKEN or CONSOLE_USER_HEADER; came both.', 'Unset one of them.');
  if (!isGuarded && !isLoopback(address))
    throw wrongUse(
      `--listen ${address}: others could reach the page, and nothing would ask them who they are.`,
      'Set CONSOLE_TOKEN, or CONSOLE_USER_HEADER behind a login proxy; or leave --listen out.',
    );
  return isGuarded ? { address: address === '*' ? undefined : address, access: { tokens, userHeader } } : undefined;
}

/** As `post-deployment history` tells it, for the page. Throws ActionError. */
async function historyOf(shell: ReadingShell, open: OpenBoth, environment: string, model: string): Promise<Deployed[]> {
  const options = { environment: [environment], limit: mostPeriods, path: [], serving: true };
  try {
    const { environments } = await readHistory(shell, model, options, open);
    return environments.flatMap(deployedOf);
  } catch (error) {
    throw new ActionError(sentenceOf(error));
  }
}

function deployedOf({ periods, more, serving = [], disagreements, further = [] }: EnvironmentHistory): Deployed[] {
  return periods.map((period, i) => {
    const { from, to, versions, commit, by, pullRequest } = period;
    const notes = [
      ...serving.filter(({ at }) => covers(period, new Date(at))).map(({ at, text }) => `${at}: ${text}`),
      ...(i === 0 ? differencesIn(disagreements, further) : []),
      ...(more && i === periods.length - 1 ? ['There are older ones, which `post-deployment history` shows.'] : []),
    ];
    return {
      versions: versions.map(({ version }) => version),
      from,
      ...(to && { until: to }),
      ...(by && { by }),
      ...(pullRequest && { request: { title: `#${pullRequest.number}`, url: pullRequest.url } }),
      commit,
      ...(notes.length > 0 && { notes }),
    };
  });
}

/** By the functions of the installation where K_SINK says how they are reached, else by this process. One at a time. */
function createReconcile(shell: Shell, done: () => void) {
  const own: Shell = { ...shell, progress: silent };
  let running: Promise<string> | undefined;
  return {
    async act(fields: Fields): Promise<string> {
      if (!fields.flag('confirm')) throw new ActionError('expected confirm: true, because this writes to the registry');
      if (running) throw new ActionError('A reconcile is under way.');
      running = run();
      try {
        return await running;
      } catch (error) {
        throw new ActionError(sentenceOf(error));
      } finally {
        running = undefined;
        delete own.onInterrupt;
        done();
      }
    },
    /** Resolves when what is being written is written; nothing more is begun. */
    async finish(): Promise<void> {
      own.onInterrupt?.();
      await running?.catch(() => {});
    },
  };

  async function run(): Promise<string> {
    const { sink, ...settings } = shell.settings(['parse', 'registry-writer']);
    if (sink !== undefined) {
      await sendPing('/post-deployment/console', { ...settings, sink }, settings.eventSigningKey(), shell.io);
      return 'A reconcile was started.';
    }
    const { exitCode } = await reconcile(own, { yes: true, formerly: [] });
    if (exitCode === 1) throw new CommandError('Not every registry could be reconciled.');
    return exitCode === 0
      ? 'Registry and Git are in sync.'
      : 'What could be written is written; something still differs.';
  }
}
