// Server-sent events: what happens, as it happens, to every open page. A page that was away says where it stopped (Last-Event-ID)
// and gets what it missed, or all there is when that is no longer kept.
import type { ServerResponse } from 'node:http';
import type { Happening, Happenings } from './happenings.ts';

/** ms in which happenings are sent together: a page draws no faster. */
const together = 40;
/** ms between signs of life, so that a page notices a dead connection. */
const beat = 15_000;
/** Bytes that may wait for a page that does not read; then it is cut off, and comes back where it stopped. */
const maxWaiting = 8 * 1024 * 1024;
/** Happenings in one message. */
const maxBatch = 250;

export interface Live {
  /**
   * Takes over the response. `lastEventId`: as the browser sends it. `hello`: what a page has to know first;
   * `resumed` (what it missed follows, not all) and `last` (the newest number that is no news) are added.
   */
  open(response: ServerResponse, lastEventId: string | undefined, hello: () => Record<string, unknown>): void;
  /** To every page, now. */
  send(event: string, data: unknown): void;
  close(): void;
}

/** `write`: how a value becomes text, secrets masked. */
export function createLive(happenings: Happenings, write: (value: unknown) => string): Live {
  const pages = new Set<ServerResponse>();
  let waiting: Happening[] = [];
  let timer: NodeJS.Timeout | undefined;

  const stopListening = happenings.listen((happening) => {
    if (pages.size === 0) return;
    waiting.push(happening);
    timer ??= setTimeout(flush, together);
  });
  const heart = setInterval(() => {
    for (const page of pages) page.write(': still here\n\n');
  }, beat).unref();

  function flush(): void {
    timer = undefined;
    const batch = waiting;
    waiting = [];
    for (const text of messages(batch)) for (const page of pages) push(page, text);
  }

  function messages(list: readonly Happening[]): string[] {
    const texts: string[] = [];
    for (let at = 0; at < list.length; at += maxBatch) {
      const part = list.slice(at, at + maxBatch);
      texts.push(message('happenings', part, `${happenings.epoch}:${part.at(-1)!.seq}`));
    }
    return texts;
  }

  function message(event: string, data: unknown, id?: string): string {
    return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${write(data)}\n\n`;
  }

  function push(page: ServerResponse, text: string): void {
    if (page.writableLength > maxWaiting) page.destroy();
    else page.write(text);
  }

  return {
    open(response, lastEventId, hello) {
      // What waits has to go first: this page gets it from the list.
      clearTimeout(timer);
      flush();
      const [epoch, seq] = (lastEventId ?? '').split(':');
      const missed = epoch === happenings.epoch && /^\d+$/.test(seq ?? '') ? happenings.after(Number(seq)) : undefined;
      // A proxy that gathers what it hands on would hold back what is small.
      const headers = { 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' };
      response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
      response.write('retry: 1000\n\n');
      const past = missed ?? happenings.all();
      const last = past.at(-1)?.seq ?? (missed ? Number(seq) : 0);
      response.write(message('hello', { ...hello(), resumed: missed !== undefined, last }));
      for (const text of messages(past)) response.write(text);
      response.on('close', () => pages.delete(response));
      pages.add(response);
    },
    send(event, data) {
      const text = message(event, data);
      for (const page of pages) push(page, text);
    },
    close() {
      clearInterval(heart);
      clearTimeout(timer);
      stopListening();
      for (const page of pages) page.destroy();
    },
  };
}
