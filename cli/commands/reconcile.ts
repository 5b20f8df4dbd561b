// `post-deployment reconcile`: shows what a periodic reconcile would write, and lets the functions write it.
import { randomUUID } from 'node:crypto';
import { httpUrl } from '../../config/settings/checks.ts';
import * as ping from '../../events/ping.ts';
import type { RegistryUpdate } from '../../events/registry-updated.ts';
import { eachRegistry, type SettingsOf } from '../../functions/settings.ts';
import { renderDifference } from '../difference.ts';
import { createEngine, type Engine } from '../engine.ts';
import { type Paint, plural, printable } from '../paint.ts';
import { type Found, failedText, ofEach, registryLine } from '../registries.ts';
import { CommandError, type Result, wrongUse } from '../result.ts';
import { type Shell, sure } from '../shell.ts';

export interface ReconcileOptions {
  dryRun?: boolean;
  yes?: boolean;
  /** Addresses of the repository whose ownership markers are taken over. */
  formerly: string[];
}

/** Lines of each kind; a registry that many repositories share has labels of all of them. */
const mostListed = 10;

/** What a reconcile does not write, as sentences. */
interface Left {
  /** Differs from Git. */
  open: string[];
  /** Labels on models that Git does not deploy here, and files that may not say what is meant. */
  known: string[];
}

interface Outcome {
  plan: RegistryUpdate[];
  applied: RegistryUpdate[];
  left: Left;
  calls: Engine['calls'];
}

export async function reconcile(shell: Shell, options: ReconcileOptions): Promise<Result> {
  const settings = withFormer(shell.settings(['parse', 'registry-writer']), options.formerly);
  const all = eachRegistry(settings);
  const found = await ofEach(all, (own) => reconcileOne(shell, own, options, all.length > 1));
  if (found.length === 1 && 'result' in found[0]!) return found[0].result;
  return ofAll(found);
}

/** The first registry's result, with those of the others. */
function ofAll(found: readonly Found<Result>[]): Result {
  const codes = found.map((one) => ('result' in one ? one.result.exitCode : 1));
  const [first, ...further] = found.map((one) => {
    if (!('result' in one)) return one;
    const { result, ...about } = one;
    return { ...about, ...result.json };
  });
  return {
    exitCode: codes.find((code) => code === 1) ?? codes.find((code) => code !== 0) ?? 0,
    json: { ...first, further },
    text: (paint) =>
      found
        .map((one) => {
          const said = 'result' in one ? one.result.text(paint) : failedText(one, paint);
          return `${registryLine(one, paint)}\n\n${said}`;
        })
        .join('\n\n'),
  };
}

/** `isOneOfSeveral`: a person who declines is asked about the next one. */
async function reconcileOne(
  shell: Shell,
  settings: Settings,
  { dryRun, yes }: ReconcileOptions,
  isOneOfSeveral: boolean,
): Promise<Result> {
  const { name, url } = settings.registryWriter;
  shell.progress.step('Comparing Git with the registry');
  const planned = createEngine(shell, settings, { dryRun: true });
  await compareAll(planned, shell);
  refuseLost(planned);
  const plan = planned.updates.filter(({ changes }) => changes.length > 0);
  const left = leftOf(planned);
  if (plan.length === 0 || dryRun) return result({ plan, applied: [], left, calls: planned.calls }, dryRun);

  const counted = `${plural(planned.calls.length, 'write')} to ${plural(plan.length, 'model')}`;
  const where = isOneOfSeveral ? ` in ${name ?? 'the first registry'} (${printable(url)})` : '';
  if (!(await sure(shell, `${renderDifference(plan, shell.paint)}\n\nApply ${counted}${where}?`, yes))) {
    if (isOneOfSeveral) return result({ plan, applied: [], left, calls: [] }, true);
    throw new CommandError('Nothing was written.', { exitCode: 3, next: 'Answer y, or add --yes.' });
  }
  return result({ plan, ...(await apply(shell, settings)) });
}

type Settings = SettingsOf<'parse' | 'registry-writer'>;

/** Throws CommandError if one is no address of a repository. */
function withFormer(settings: Settings, formerly: string[]): Settings {
  for (const text of formerly) {
    const url = httpUrl(text);
    if (typeof url === 'string' && /\/[^/]+\/[^/]+\/?$/.test(new URL(url).pathname)) continue;
    throw wrongUse(
      `--formerly: expected the address of a repository as an ownership marker has it, such as https://gitea.example/owner/name; came ${printable(text)}.`,
      'post-deployment status shows which.',
    );
  }
  return formerly.length === 0 ? settings : { ...settings, parse: { ...settings.parse, formerly } };
}

async function apply(shell: Shell, settings: Settings): Promise<Omit<Outcome, 'plan'>> {
  shell.progress.step('Writing');
  // Everything is read again: what has changed meanwhile is not written as it was planned.
  const engine = createEngine(shell, settings, { dryRun: false, retry: true });
  engine.finishAtInterrupt('what is being written');
  await compareAll(engine, shell);
  const applied = engine.updates.filter(({ changes }) => changes.length > 0);
  if (engine.isInterrupted())
    throw new CommandError(`Interrupted; ${plural(applied.length, 'model')} written.`, {
      exitCode: 130,
      next: 'post-deployment reconcile again does the rest; writing something twice does no harm.',
    });
  refuseLost(engine);
  return { applied, left: leftOf(engine), calls: engine.calls };
}

async function compareAll(engine: Engine, shell: Shell): Promise<void> {
  const time = new Date(shell.io.clock.now()).toISOString();
  await engine.post(ping.make({ id: randomUUID(), source: '/post-deployment/reconcile', time }));
  await engine.idle();
}

/** Throws CommandError when an event was given up. */
function refuseLost({ lines }: Engine): void {
  if (!lines.some(({ message }) => message === 'event lost')) return;
  const reasons = lines
    .filter(({ message, fields }) => message === 'event' && !['done', 'ignored'].includes(String(fields.outcome)))
    .map(({ fields }) => String(fields.reason));
  throw new CommandError([...new Set(reasons)].join('\n'), {
    next: 'post-deployment doctor shows which setting or server is wrong. What was written is right; try again.',
  });
}

/** Reads it from the log of the functions. */
function leftOf({ lines }: Engine): Left {
  const open = new Set<string>();
  const known = new Set<string>();
  for (const { message, fields } of lines) {
    const about = `${fields.environment}/${fields.model}`;
    if (message === 'model left alone') (fields.deployed ? open : known).add(`${about}: ${fields.reason}`);
    if (message === 'version not registered' && fields.version !== undefined)
      open.add(`${about}: version ${fields.version} is not registered; the label stays where it is`);
    if (message === 'deployment file cannot be read')
      open.add(`${fields.environment}: ${fields.path} cannot be read (${fields.reason}); counts ${fields.counts}`);
    if (message === 'deployment file may not say what is meant')
      known.add(`${fields.environment}: ${fields.path}: ${fields.reason}`);
    if (message === 'watched environment has no deployment file')
      open.add(`${fields.environment} is watched and has no deployment file; found: ${fields.found}`);
  }
  return { open: [...open], known: [...known] };
}

function result(outcome: Outcome, dryRun = false): Result {
  const { plan, applied, left, calls } = outcome;
  const planned = dryRun ? plan.length : 0;
  return {
    exitCode: planned + left.open.length > 0 ? 3 : 0,
    json: { dryRun, plan, applied, differing: left.open, leftAlone: left.known, calls },
    text: (paint) => render(outcome, dryRun, paint),
  };
}

function render({ plan, applied, left, calls }: Outcome, dryRun: boolean, paint: Paint): string {
  const parts: string[] = [];
  const shown = dryRun ? plan : applied;
  const counted = `${plural(calls.length, 'write')} to ${plural(shown.length, 'model')}`;
  if (shown.length > 0) parts.push(renderDifference(shown, paint));
  if (plan.length > 0)
    parts.push(dryRun ? `${counted} would be made. Nothing was written.` : paint.green(`${counted} made.`));
  else if (left.open.length > 0) parts.push('Nothing can be written.');
  else parts.push(paint.green('Nothing to write: the registry is in sync with Git.'));
  if (left.open.length > 0)
    parts.push(
      [
        paint.red('Still differs from Git:'),
        ...listed(left.open),
        '→ post-deployment status says what to do about each.',
      ].join('\n'),
    );
  if (left.known.length > 0) parts.push([paint.yellow('Left alone:'), ...listed(left.known)].join('\n'));
  return parts.join('\n\n');
}

function listed(texts: readonly string[]): string[] {
  const more = texts.length - mostListed;
  return [
    ...texts.slice(0, mostListed).map((text) => `  ${printable(text)}`),
    ...(more > 0 ? [`  … and ${more} more: --json has all`] : []),
  ];
}
