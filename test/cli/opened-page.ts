// The page of `post-deployment console`, as a browser gets it from the command as a process.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Overview, Part, Recent } from '../../console/overview.ts';
import type { CliWorld, Run } from './world.ts';

export interface View {
  overview: Part<Overview>;
  recent: Part<Recent[]>;
}

export interface Page {
  pass: string;
  // biome-ignore lint/suspicious/noExplicitAny: what the page is told first
  hello: any;
  /** What came so far. */
  said: readonly [event: string, data: string][];
  /** What came as soon as `find` finds something. */
  told<T>(find: () => T | undefined): Promise<T>;
  /** The newest view, as soon as it is as wanted. */
  view(isWanted: (view: View) => boolean): Promise<View>;
  close(): void;
}

export const isRead = ({ overview, recent }: View) => overview.value !== undefined && recent.value !== undefined;

// biome-ignore lint/suspicious/noExplicitAny: JSON of any route
export const jsonOf = (answer: Response): Promise<any> => answer.json();

/** Starts commands and opens their pages, until they are closed together. */
export function createPages(world: () => CliWorld) {
  const running: ChildProcess[] = [];
  const pages: Page[] = [];

  /** Starts the command, and resolves with the address that it prints. */
  async function serve(args: readonly string[] = [], run: Run = {}): Promise<string> {
    const child = world().begin(['console', '--port', '0', '--interval', '1', ...args], run);
    running.push(child);
    const said: string[] = [];
    child.stderr!.on('data', (text) => said.push(String(text)));
    for await (const text of child.stdout!) return String(text).trim();
    throw new Error(said.join(''));
  }

  /** Opens the page's stream. */
  async function open(url: string, headers: Record<string, string> = {}): Promise<Page> {
    const gone = new AbortController();
    const answer = await fetch(`${url}live`, { headers, signal: gone.signal });
    assert.equal(answer.status, 200);
    const said: [event: string, data: string][] = [];
    let tell = () => {};
    void (async () => {
      let text = '';
      for await (const chunk of answer.body!) {
        text += Buffer.from(chunk).toString();
        const blocks = text.split('\n\n');
        text = blocks.pop()!;
        for (const block of blocks) {
          const [, event, data] = /event: (\w+)\n(?:id: .*\n)?data: (.*)/.exec(block) ?? [];
          if (event) said.push([event, data!]);
        }
        tell();
      }
    })().catch(() => {});
    const told = async <T>(find: () => T | undefined): Promise<T> => {
      for (;;) {
        const found = find();
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => {
          tell = resolve;
        });
      }
    };
    const hello = JSON.parse(await told(() => said.find(([event]) => event === 'hello')?.[1]));
    const page: Page = {
      pass: hello.pass,
      hello,
      said,
      told,
      view: (isWanted) =>
        told(() => {
          const last = said.findLast(([event]) => event === 'view');
          const view = last ? JSON.parse(last[1]) : hello.view;
          return isWanted(view) ? view : undefined;
        }),
      close: () => gone.abort(),
    };
    pages.push(page);
    return page;
  }

  async function close(): Promise<void> {
    for (const page of pages.splice(0)) page.close();
    for (const child of running.splice(0)) {
      if (child.exitCode !== null) continue;
      child.kill('SIGINT');
      await once(child, 'exit');
    }
  }

  return { serve, open, close };
}
