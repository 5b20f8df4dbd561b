// `status --watch`: reads again and again until Ctrl-C. A terminal is redrawn; elsewhere only what changed is printed.
import { explain } from '../explain.ts';
import { printable, within } from '../paint.ts';
import type { Result } from '../result.ts';
import type { Shell } from '../shell.ts';

/** `interval`: seconds between two readings. Ends with the exit code of the last reading. Throws errors that waiting cannot correct: a wrong setting or name. */
export async function watch(
  shell: Shell,
  read: () => Promise<Result>,
  { interval, json = false }: { interval: number; json?: boolean },
): Promise<Result> {
  let stop = false;
  const stopped = new Promise<void>((resolve) => {
    shell.onInterrupt = () => {
      stop = true;
      resolve();
    };
  });
  const draw = json ? inJson(shell) : shell.out.terminal ? onTerminal(shell, interval) : asChanges(shell);
  let last: Result['exitCode'] = 130;
  while (!stop) {
    // The log of one reading only: a long watch would keep them all.
    shell.log.length = 0;
    const state = await Promise.race([attempt(read), stopped]);
    if (state === undefined) break;
    last = state.exitCode;
    await draw(state);
    // Progress is shown for the first reading only.
    shell.progress.step = () => {};
    await Promise.race([shell.io.clock.sleep(interval * 1000), stopped]);
  }
  return { exitCode: last, json: {}, text: () => '', shown: true };
}

type State = Result | { exitCode: 1; failed: string };
type Draw = (state: State) => Promise<void>;

async function attempt(read: () => Promise<Result>): Promise<State> {
  try {
    return await read();
  } catch (error) {
    const { message, exitCode } = explain(error);
    if (exitCode !== 1) throw error;
    return { exitCode, failed: message };
  }
}

function onTerminal({ show, out, io }: Shell, interval: number): Draw {
  const { paint } = out;
  let text = '';
  return async (state) => {
    const time = new Date(io.clock.now()).toISOString().slice(11, 19);
    const below = 'failed' in state ? paint.red(`At ${time} UTC: ${printable(state.failed)}`) : `Read at ${time} UTC.`;
    if (!('failed' in state)) text = state.text(paint);
    const footer = within(`${below} Every ${interval} s; Ctrl-C ends.`, paint.columns).split('\n');
    const lines = within(text, paint.columns).split('\n');
    const space = Math.max(1, out.rows - footer.length - 3);
    const hidden = lines.length - space;
    const shown = hidden > 0 ? [...lines.slice(0, space), paint.dim(`… ${hidden} more lines`)] : lines;
    await show(`\u001b[2J\u001b[H${[...shown, '', ...footer].join('\n')}\n`);
  };
}

function asChanges({ show, note, out, io }: Shell): Draw {
  let before: readonly string[] | undefined;
  let failure: string | undefined;
  return async (state) => {
    if ('failed' in state) {
      if (state.failed !== failure) note(state.failed);
      failure = state.failed;
      return;
    }
    const lines = state.text(out.paint).split('\n');
    const known = before;
    const changed = known === undefined ? lines : lines.filter((line) => line !== '' && !known.includes(line));
    const isAnswerAgain = failure !== undefined && changed.length === 0;
    before = lines;
    failure = undefined;
    if (changed.length === 0 && !isAnswerAgain) return;
    const time = known === undefined ? [] : ['', `${new Date(io.clock.now()).toISOString()}`];
    await show(`${[...time, ...(isAnswerAgain ? [lines.at(-1)!] : changed)].join('\n')}\n`);
  };
}

/** Prints one document per line. */
function inJson({ show, note }: Shell): Draw {
  let before = '';
  return async (state) => {
    if ('failed' in state) note(state.failed);
    const text = JSON.stringify('failed' in state ? { error: { message: state.failed, exitCode: 1 } } : state.json);
    if (text !== before) await show(`${text}\n`);
    before = text;
  };
}
