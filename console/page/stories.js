// Puts happenings that belong together into stories: a webhook and all it sets off, a reconcile, a click. Pure: no page, no
// clock. Bounded: the oldest stories go first.

import { createBook, place } from './place.js';

/**
 * @typedef {{ seq: number, at: number, kind: string, [detail: string]: any }} Happening
 * One step from one box to the next. `state`: open, good, bad (being tried again), dead (given up), lost.
 * @typedef {{ key: string, id: string, from: string, to: string | null, type: string, at: number, state: string,
 *   tries: number, status?: number, ms?: number, failure?: string, says?: string, subject?: string, seq: number,
 *   attempts: Happening[], calls: Happening[], logs: Happening[], posted: Happening[], note?: string }} Hop
 * @typedef {{ key: string, kind: string, title: string, at: number, last: number, hops: Hop[], dull: boolean, version: number }} Story
 */

/** Happenings that all stories together may hold. */
const maxHappenings = 5_000;

export function createStories() {
  const book = createBook();
  const { stories, known } = book;
  let held = 0;

  /** @returns {Story | undefined} The story that changed. */
  function add(happening) {
    const story = place(book, happening);
    if (!story) return undefined;
    story.last = happening.at;
    story.version += 1;
    story.size = (story.size ?? 0) + 1;
    held += 1;
    while (held > maxHappenings && stories.size > 1) drop(stories.values().next().value);
    return story;
  }

  function drop(story) {
    stories.delete(story.key);
    book.unhealed.delete(story);
    held -= story.size;
    for (const name of story.names) known.delete(name);
  }

  function last(isIt) {
    for (const story of [...stories.values()].reverse()) {
      const hop = story.hops.findLast(isIt);
      if (hop) return { story, hop };
    }
    return undefined;
  }

  return {
    add,
    setSystem(hello) {
      book.system = hello;
    },
    /** Newest first. */
    list: () => [...stories.values()].reverse().sort((a, b) => b.at - a.at),
    /** The newest hop into a box. */
    lastInto: (box) => last(({ to, from }) => to === box || (box === 'gitea' && from === 'gitea')),
    /** The newest hop that called a server. */
    lastCall: (box) => (box === 'gitea' ? undefined : last(({ calls }) => calls.some(({ server }) => server === box))),
    clear() {
      stories.clear();
      known.clear();
      book.unhealed.clear();
      held = 0;
    },
  };
}
