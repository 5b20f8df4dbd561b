// `post-deployment replay`: runs recorded webhooks and events through the functions again, in this process.
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decodeAttributes } from '../../events/wire.ts';
import { readIncoming } from '../../host/read-event.ts';
import { renderDifference } from '../difference.ts';
import { type Call, createEngine, type Engine } from '../engine.ts';
import { type Paint, plural, printable, titledTable } from '../paint.ts';
import { type Recorded, readRecorded } from '../recorded.ts';
import { CommandError, type Result, wrongUse } from '../result.ts';
import type { Shell } from '../shell.ts';

export interface ReplayOptions {
  dryRun?: boolean;
  retry?: boolean;
  type?: string;
}

interface Step {
  function: string;
  type: string;
  subject?: string;
  outcome: string;
  reason?: string;
}

interface Replayed {
  name: string;
  kind: Recorded['kind'];
  /** What gitea-source answered to a webhook. */
  answer?: { status: number; message?: string };
  steps: Step[];
  calls: Call[];
  updates: Engine['updates'];
  failed: boolean;
}

/** Without GITEA_WEBHOOK_SECRET they are replaced by one of our own: a person who has the tokens may replay. */
const signatureHeaders = [
  'x-gitea-signature',
  'x-forgejo-signature',
  'x-hub-signature-256',
  'x-gogs-signature',
  'x-hub-signature',
];

export async function replay(
  shell: Shell,
  files: string[],
  { dryRun = false, retry, type }: ReplayOptions,
): Promise<Result> {
  let input: Buffer | undefined;
  const standardInput = () => {
    input ??= readFileSync(0);
    return input;
  };
  const all = files.flatMap((file) => readRecorded(file, standardInput, type));
  const known = Boolean(shell.env.GITEA_WEBHOOK_SECRET || shell.env.GITEA_WEBHOOK_SECRET_FILE);
  const own = randomBytes(16).toString('hex');
  const read = shell.settings(['gitea-source', 'parse', 'registry-writer'], known ? {} : { GITEA_WEBHOOK_SECRET: own });
  // A person chose what is replayed, so its age is no reason to refuse it.
  const eventMaxAge = Number.POSITIVE_INFINITY;
  const further = read.registryWriter.further.map((one) => ({ ...one, eventMaxAge }));
  const settings = { ...read, registryWriter: { ...read.registryWriter, eventMaxAge, further } };
  const secret = settings.giteaSource.secrets()[0] ?? own;
  const replayed: Replayed[] = [];
  for (const [i, one] of all.entries()) {
    shell.progress.step(`Replaying ${one.name} (${i + 1} of ${all.length})`);
    // One engine for each, so that its writes are known; and a later dry run does not see the writes of an earlier one.
    const engine = createEngine(shell, settings, { dryRun, retry });
    engine.finishAtInterrupt('what has begun');
    const isSigned = known && signatureHeaders.some((name) => one.headers[name]);
    replayed.push(await replayOne(engine, one.kind === 'event' || isSigned ? one : resigned(one, secret)));
    if (engine.isInterrupted())
      throw new CommandError(`Interrupted at ${one.name}.`, {
        exitCode: 130,
        next: 'Replaying it again does no harm.',
      });
  }
  return {
    exitCode: replayed.some(({ failed }) => failed) ? 1 : 0,
    json: { dryRun, replayed },
    text: (paint) => replayed.map((one) => render(one, dryRun, paint)).join('\n\n'),
  };
}

async function replayOne(engine: Engine, { name, kind, headers, body }: Recorded): Promise<Replayed> {
  let answer: Replayed['answer'];
  if (kind === 'webhook') {
    const { statusCode, body: said } = await engine.webhook(headers, body);
    answer = {
      status: statusCode,
      ...(said === '' ? {} : { message: (JSON.parse(said) as { message: string }).message }),
    };
  } else {
    const { event } = await readIncoming(headers, body);
    const plain = decodeAttributes(event!, headers);
    if (!(await engine.post(plain)))
      throw wrongUse(
        `${name}: no function takes events of type ${printable(plain.type)}.`,
        'events/samples/ has one of each type.',
      );
  }
  await engine.idle();
  const steps = stepsOf(engine);
  return {
    name,
    kind,
    ...(answer && { answer }),
    steps,
    calls: engine.calls,
    updates: engine.updates,
    failed:
      (answer?.status ?? 202) >= 300 || steps.some(({ outcome }) => !['done', 'ignored', 'pending'].includes(outcome)),
  };
}

/** The last attempt of each event at each function. */
function stepsOf({ lines }: Engine): Step[] {
  const steps = new Map<string, Step>();
  for (const { message, fields } of lines) {
    if (message !== 'event') continue;
    const { function: name, id, type, subject, outcome, reason } = fields as Record<string, string | undefined>;
    steps.set(`${name} ${type} ${id}`, {
      function: name!,
      type: type ?? 'none',
      ...(subject && { subject }),
      outcome: outcome!,
      ...(reason && { reason }),
    });
  }
  return [...steps.values()];
}

function resigned(one: Recorded, secret: string): Recorded {
  const kept = Object.entries(one.headers).filter(([name]) => !signatureHeaders.includes(name));
  const signature = createHmac('sha256', secret).update(payloadOf(one)).digest('hex');
  return { ...one, headers: { ...Object.fromEntries(kept), 'x-gitea-signature': signature } };
}

/** The signature is over the payload, which a form holds in a field. */
function payloadOf({ headers, body }: Recorded): Buffer | string {
  if (!/^application\/x-www-form-urlencoded/i.test(headers['content-type'] ?? '')) return body;
  return new URLSearchParams(body.toString('latin1')).get('payload') ?? '';
}

function render({ name, answer, steps, calls, updates, failed }: Replayed, dryRun: boolean, paint: Paint): string {
  const lines = [paint.bold(printable(name))];
  if (answer) {
    const text = `answered ${answer.status}${answer.message ? `: ${printable(answer.message)}` : ''}`;
    lines.push(`  gitea-source ${answer.status < 300 ? text : paint.red(text)}`);
  }
  const rows = steps
    .filter((step) => step.function !== 'gitea-source')
    .map((step) =>
      [`  ${step.function}`, step.type, step.subject ?? '', step.outcome, step.reason ?? ''].map(printable),
    );
  const titles = ['  FUNCTION', 'TYPE', 'SUBJECT', 'OUTCOME', 'REASON'];
  if (rows.length > 0) lines.push(titledTable(paint, titles, rows));
  else if (answer && answer.status < 300) lines.push(`  ${printable(untaken(steps))}`);
  if (updates.some(({ changes }) => changes.length > 0)) lines.push('', renderDifference(updates, paint));
  if (dryRun && calls.length > 0) {
    lines.push('', 'These calls would be made:');
    for (const { method, url, body } of calls)
      lines.push(`${method} ${printable(url)}`, `  ${printable(JSON.stringify(body))}`);
  }
  const counted = plural(calls.length, 'write');
  lines.push(
    '',
    failed ? paint.red('It failed.') : dryRun ? `${counted} would be made. Nothing was written.` : `${counted} made.`,
  );
  if (failed) lines.push(`→ ${remedy(answer?.status, steps)}`);
  return lines.join('\n');
}

/** Why a webhook went no further than gitea-source. */
function untaken(steps: readonly Step[]): string {
  const type = steps.find((step) => step.function === 'gitea-source')?.type ?? 'its event';
  return `${type}: no function takes it; only a push and a merged pull request report a change${type.endsWith('.ping') ? ', and this is a test delivery' : ''}`;
}

function remedy(status: number | undefined, steps: readonly Step[]): string {
  if (status === 401)
    return 'Signed with another secret than GITEA_WEBHOOK_SECRET. GITEA_WEBHOOK_SECRET= (empty) replays it without checking.';
  if (steps.some(({ reason }) => reason?.includes('EVENT_SIGNING_KEY')))
    return 'Not signed with EVENT_SIGNING_KEY. EVENT_SIGNING_KEY= (empty) replays it without checking.';
  if (steps.some(({ outcome }) => outcome === 'unavailable'))
    return 'With --retry it is repeated for a minute, as a Trigger does; post-deployment doctor shows which setting or server is wrong.';
  return 'Trying again does not help: the functions refuse this input.';
}
