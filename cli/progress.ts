// Prints on stderr what takes longer than a second: on a terminal one line that is overwritten, elsewhere a line for each step.

export interface Progress {
  /** What is being done from now until the next step or the end. */
  step(what: string): void;
  /** One call to a server has ended. */
  called(): void;
  /** Removes the line. */
  end(): void;
}

/** For whoever shows what was read by other means. */
export const silent: Progress = { step() {}, called() {}, end() {} };

/** ms. */
const patience = 1_000;
const every = 250;

export function createProgress(stderr: NodeJS.WriteStream, quiet: boolean): Progress {
  let what = '';
  let calls = 0;
  let since = Date.now();
  let shown = false;
  let timer: NodeJS.Timeout | undefined;

  function show(): void {
    if (Date.now() - since < patience) return;
    if (stderr.isTTY) {
      const line = `${what} … ${calls} calls, ${Math.round((Date.now() - since) / 1000)} s`;
      stderr.write(`\r\u001b[2K${line.slice(0, Math.max(20, (stderr.columns ?? 80) - 1))}`);
      shown = true;
    } else if (!shown) {
      stderr.write(`${what} …\n`);
      shown = true;
    }
  }

  function clear(): void {
    if (shown && stderr.isTTY) stderr.write('\r\u001b[2K');
    shown = false;
  }

  return {
    step(next) {
      if (quiet) return;
      clear();
      what = next;
      calls = 0;
      since = Date.now();
      timer ??= setInterval(show, every).unref();
    },
    called() {
      calls++;
    },
    end() {
      clearInterval(timer);
      timer = undefined;
      clear();
    },
  };
}
