// Puts happenings that belong together into stories: a webhook and all it sets off, a reconcile, a click. Pure: no page, no
// clock. Bounded: the oldest stories go first.

import { faultWords, functionWords } from './story-words.js';
import { shortType } from './words.js';

/**
 * @typedef {{ seq: number, at: number, kind: string, [detail: string]: any }} Happening
 * One step from one box to the next. `state`: open, good, bad (being tried again), dead (given up), lost.
 * @typedef {{ key: string, id: string, from: string, to: string | null, type: string, at: number, state: string,
 *   tries: number, status?: number, ms?: number, failure?: string, says?: string, subject?: string, seq: number,
 *   attempts: Happening[], calls: Happening[], logs: Happening[], posted: Happening[], reply?: object, note?: string }} Hop
 * @typedef {{ key: string, kind: string, title: string, at: number, last: number, hops: Hop[], dull: boolean, version: number, text?: string }} Story
 */

/** Happenings that all stories together may hold. */
const maxHappenings = 5_000;

export function createStories() {
  /** @type {Map<string, Story>} By key; in the order of their beginnings. */
  const stories = new Map();
  /** @type {Map<string, Story>} By trace and by event or delivery id. */
  const known = new Map();
  let held = 0;
  let alone = 0;
  /** What the console says of the system. */
  let system;

  /** @returns {Story | undefined} The story that changed. */
  function add(happening) {
    const story = place(happening);
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
    held -= story.size;
    for (const name of story.names) known.delete(name);
  }

  function begin(key, kind, title, at) {
    const story = {
      key,
      kind,
      title,
      at,
      last: at,
      hops: [],
      dull: false,
      version: 0,
      size: 0,
      names: [],
      spans: new Map(),
    };
    stories.set(key, story);
    return story;
  }

  function name(story, ...names) {
    for (const one of names) {
      if (!one || known.has(one)) continue;
      known.set(one, story);
      story.names.push(one);
    }
    return story;
  }

  function place(h) {
    switch (h.kind) {
      case 'webhook':
        return webhook(h);
      case 'webhook-answer': {
        const story = known.get(h.id);
        const hop = story?.hops.find(({ key }) => key === `webhook ${h.id}`);
        if (!hop) return undefined;
        Object.assign(hop, {
          status: h.status,
          ms: h.at - hop.at,
          state: h.status >= 200 && h.status < 300 ? 'good' : 'dead',
          failure: h.failure,
          answered: h.seq,
        });
        if (hop.state === 'dead') story.dull = false;
        return story;
      }
      case 'fault': {
        const story = known.get(h.id);
        if (!story) return undefined;
        story.hops[0].note = faultWords[h.fault];
        story.dull = false;
        return story;
      }
      case 'event':
        return event(h);
      case 'attempt':
        return attempt(h);
      case 'dead-letter':
      case 'abandoned': {
        const hop = hopOf(h);
        if (!hop) return undefined;
        hop.hop.state = 'dead';
        hop.hop.note =
          h.kind === 'abandoned'
            ? 'its sender hung up, so the rest was not delivered'
            : `dead letter, ${h.fate}${h.code ? ` (${h.code})` : ''}`;
        return hop.story;
      }
      case 'posted': {
        const story = known.get(h.id);
        story?.hops
          .filter(({ id }) => id === h.id)
          .at(-1)
          ?.posted.push(h);
        return story;
      }
      case 'call': {
        const story = known.get(h.trace);
        if (!story) return undefined;
        // Whose it was, the log line at the end of the attempt says for sure; until then, who is at work and talks to that server.
        const open = story.hops.filter(({ state, kind }) => state === 'open' && kind === 'event');
        const hop =
          story.spans.get(h.span) ??
          open.findLast(({ to }) => system?.talksTo[to]?.includes(h.server)) ??
          open.at(-1) ??
          story.hops.at(-1);
        hop?.calls.push(h);
        h.hop = hop?.to;
        return story;
      }
      case 'log': {
        const story = known.get(h.trace) ?? known.get(h.id);
        const hop = story?.hops.findLast(({ id, to }) => id === h.id && to === h.function);
        if (!hop) return undefined;
        hop.logs.push(h);
        if (h.span) own(story, hop, h.span);
        return story;
      }
      case 'act':
        return Object.assign(begin(`alone ${++alone}`, 'act', h.text, h.at), {
          // What follows from these is a story of its own.
          dull: h.name === 'reconcile' || h.name === 'kill',
        });
      case 'function':
        return begin(`alone ${++alone}`, 'function', `${h.name} ${functionWords[h.state] ?? h.state}`, h.at);
      default:
        return undefined;
    }
  }

  /** All calls of that span were made for this hop. */
  function own(story, hop, span) {
    story.spans.set(span, hop);
    for (const other of story.hops) {
      if (other === hop) continue;
      const moved = other.calls.filter((call) => call.span === span);
      if (moved.length === 0) continue;
      other.calls = other.calls.filter((call) => call.span !== span);
      hop.calls = [...hop.calls, ...moved].sort((a, b) => a.seq - b.seq);
    }
  }

  function webhook(h) {
    const branch = h.ref?.replace(/^refs\/(heads|tags)\//, '');
    const title = branch ? `Push to ${branch}` : `Pull request #${h.number ?? '?'} ${h.action ?? ''}`.trim();
    const story = name(begin(`webhook ${h.id}`, 'webhook', title, h.at), h.id);
    story.dull = true;
    const lost = h.fate === 'dropped';
    if (lost) story.dull = h.event !== 'push';
    story.hops.push({
      ...emptyHop(h),
      kind: 'webhook',
      key: `webhook ${h.id}`,
      from: 'gitea',
      to: 'gitea-source',
      type: `webhook ${h.event}`,
      says: h.title ?? (h.after && !/^0+$/.test(h.after) ? `head ${h.after.slice(0, 7)}` : ''),
      state: lost ? 'lost' : 'open',
      note: lost ? 'lost on the way' : h.fate === 'held' ? 'held back until the next one has been sent' : undefined,
    });
    return story;
  }

  function event(h) {
    const ping = /\bping$/.test(h.type);
    const story =
      known.get(h.trace) ??
      known.get(h.id) ??
      begin(
        `event ${h.seq}`,
        'event',
        ping ? 'Reconcile: does the registry match Git?' : `${shortType(h.type)} ${h.subject ?? ''}`,
        h.at,
      );
    name(story, h.trace, h.id);
    const from = h.from ?? producer(story, h, ping);
    if (h.to.length === 0) {
      story.hops.push({
        ...emptyHop(h),
        kind: 'event',
        key: `${h.id} nobody ${h.seq}`,
        from,
        to: null,
        state: 'good',
        note: 'no subscriber for it',
      });
    }
    for (const to of h.to) {
      const hop = story.hops.find(({ key }) => key === `${h.id} ${to}`);
      if (hop) Object.assign(hop, { state: 'open', again: (hop.again ?? 0) + 1 });
      else story.hops.push({ ...emptyHop(h), kind: 'event', key: `${h.id} ${to}`, from, to, state: 'open' });
    }
    if (ping || h.from || /\.(promoted|withdrawn|drifted|updated|lost)\./.test(h.type)) story.dull = false;
    return story;
  }

  /** Who posted it: the webhook's taker, or whoever is at work in this story. */
  function producer(story, h, ping) {
    if (ping) return 'clock';
    const first = story.hops[0];
    if (first?.kind === 'webhook' && first.id === h.id) return first.to;
    // A made-up event begins its story; those of a function belong to one.
    const maker = story.hops.length > 0 ? system?.makers[h.type] : undefined;
    if (maker) return maker;
    return story.hops.findLast(({ kind, state, to }) => kind === 'event' && to && state === 'open')?.to ?? 'somebody';
  }

  function attempt(h) {
    const found = hopOf(h);
    if (!found) return undefined;
    const { story, hop } = found;
    hop.attempts.push(h);
    if (h.to === 'subscriber') {
      Object.assign(hop, {
        tries: Math.max(h.number, hop.tries),
        status: h.status,
        ms: h.ms,
        failure: h.failure,
        attempted: h.seq,
        state: h.failure ? 'bad' : 'good',
        ...(h.reply ? { reply: h.reply } : {}),
      });
    }
    if (h.failure) story.dull = false;
    return story;
  }

  function hopOf({ id, trigger, trace }) {
    const story = known.get(trace) ?? known.get(id);
    const hop = story?.hops.find(({ key }) => key === `${id} ${trigger}`);
    return hop && { story, hop };
  }

  return {
    add,
    setSystem(hello) {
      system = hello;
    },
    /** Newest first. */
    list: () => [...stories.values()].reverse().sort((a, b) => b.at - a.at),
    get: (key) => stories.get(key),
    /** The newest hop into a box. */
    lastInto(box) {
      for (const story of [...stories.values()].reverse()) {
        const hop = story.hops.findLast(({ to, from }) => to === box || (box === 'gitea' && from === 'gitea'));
        if (hop) return { story, hop };
      }
      return undefined;
    },
    get held() {
      return held;
    },
    clear() {
      stories.clear();
      known.clear();
      held = 0;
    },
  };
}

function emptyHop(h) {
  const { id, type, subject, says, at, seq } = h;
  return { id, type, subject, says, at, seq, tries: 0, attempts: [], calls: [], logs: [], posted: [] };
}
