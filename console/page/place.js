// Which story a happening belongs to, and what it changes there. Pure: no page, no clock.
import { faultWords, functionWords } from './story-words.js';
import { commitTitle, shortType } from './words.js';

export function createBook() {
  return {
    /** @type {Map<string, import('./stories.js').Story>} By key; in the order of their beginnings. */
    stories: new Map(),
    /** @type {Map<string, import('./stories.js').Story>} By trace and by event or delivery id. */
    known: new Map(),
    /** Stories in which something was lost that nothing has made up for yet. */
    unhealed: new Set(),
    /** Stories of one happening so far, which number themselves. */
    alone: 0,
    /** What the console says of the system. */
    system: undefined,
  };
}

function name({ known }, story, ...names) {
  for (const one of names) {
    if (!one || known.has(one)) continue;
    known.set(one, story);
    story.names.push(one);
  }
  return story;
}

/** The story that a happening changed; undefined when it belongs to none. */
export const place = (book, happening) => kinds[happening.kind]?.(book, happening);

const kinds = {
  webhook,
  'webhook-answer': (book, { id, at, status, failure, seq }) => {
    const story = book.known.get(id);
    const hop = story?.hops.find(({ key }) => key === `webhook ${id}`);
    if (!hop) return undefined;
    const state = status >= 200 && status < 300 ? 'good' : 'dead';
    Object.assign(hop, { status, ms: at - hop.at, state, failure, answered: seq });
    if (state === 'dead') {
      story.dull = false;
      lose(book, story, story.touches);
    }
    return story;
  },
  fault: ({ known }, { id, fault }) => {
    const story = known.get(id);
    if (!story) return undefined;
    story.hops[0].note = faultWords[fault];
    story.dull = false;
    return story;
  },
  event,
  attempt,
  'dead-letter': (book, h) => giveUp(book, h, `dead letter, ${h.fate}${h.code ? ` (${h.code})` : ''}`),
  abandoned: (book, h) => giveUp(book, h, 'its sender hung up, so the rest was not delivered'),
  posted: ({ known }, h) => {
    const story = known.get(h.id);
    story?.hops.findLast(({ id }) => id === h.id)?.posted.push(h);
    return story;
  },
  call: ({ known, system }, h) => {
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
  },
  log: ({ known }, h) => {
    const story = known.get(h.trace) ?? known.get(h.id);
    const hop = story?.hops.findLast(({ id, to }) => id === h.id && to === h.function);
    if (!hop) return undefined;
    hop.logs.push(h);
    if (h.span) own(story, hop, h.span);
    return story;
  },
  act: (book, { name, text, at }) =>
    // What follows from these is a story of its own.
    Object.assign(alone(book, 'act', text, at), { dull: name === 'reconcile' || name === 'kill' }),
  function: (book, { name, state, at }) => alone(book, 'function', `${name} ${functionWords[state] ?? state}`, at),
};

function alone(book, kind, title, at) {
  book.alone += 1;
  return begin(book, `alone ${book.alone}`, kind, title, at);
}

function giveUp(book, h, note) {
  const found = hopOf(book, h);
  if (!found) return undefined;
  if (/-wake$/.test(h.trigger)) {
    Object.assign(found.hop, { state: 'good', note: 'only to start it early; nothing is lost' });
    return found.story;
  }
  Object.assign(found.hop, { state: 'dead', note });
  // What a stranger sent is no loss, and what is said on commits changes no label.
  if (found.hop.from === 'somebody') return found.story;
  if (/^registry-writer/.test(h.trigger)) lose(book, found.story, [h.subject]);
  if (h.trigger === 'rollout-observer') lose(book, found.story, [whatServes(h.subject)]);
  if (h.trigger === 'parse') lose(book, found.story, found.story.touches);
  return found.story;
}

/** A loss of its own: that the label is right does not say what serves. */
const whatServes = (subject) => `what serves of ${subject}`;

/** `subjects`: models (`prod/karaoke`) or environments whose change did not arrive. */
function lose({ unhealed }, story, subjects) {
  for (const subject of subjects) if (subject) story.losses.add(subject);
  story.lostAt = story.last;
  if (story.losses.size > 0) unhealed.add(story);
}

/** The registry equals Git for that model, or that environment: whatever was lost of it before is made up for. */
function heal({ unhealed }, by, subject) {
  for (const story of unhealed) {
    // What was being done before knew nothing of it.
    if (story === by || by.at < story.lostAt) continue;
    for (const lost of story.losses) if (lost === subject || lost.startsWith(`${subject}/`)) story.losses.delete(lost);
    if (story.losses.size > 0) continue;
    unhealed.delete(story);
    story.healedBy = by;
    story.version += 1;
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

function webhook(book, h) {
  const branch = h.ref?.replace(/^refs\/(heads|tags)\//, '');
  const title = branch
    ? commitTitle(h.title) || `Push to ${branch}`
    : `${h.title ?? 'Pull request'}, #${h.number ?? '?'} ${h.action ?? ''}`.trim();
  const story = name(book, begin(book, `webhook ${h.id}`, 'webhook', title, h.at), h.id);
  story.dull = true;
  // The webhook of the request tells of the same commit as that of the push.
  if (h.event === 'push') story.touches = h.touches ?? [];
  const lost = h.fate === 'dropped';
  if (lost) {
    story.dull = h.event !== 'push';
    lose(book, story, story.touches);
  }
  story.hops.push({
    ...emptyHop(h),
    kind: 'webhook',
    key: `webhook ${h.id}`,
    from: 'gitea',
    to: 'gitea-source',
    type: `webhook ${h.event}`,
    says: commitTitle(h.title) || (h.after && !/^0+$/.test(h.after) ? `head ${h.after.slice(0, 7)}` : ''),
    state: lost ? 'lost' : 'open',
    note: lost ? 'lost on the way' : h.fate === 'held' ? 'held back until the next one has been sent' : undefined,
  });
  return story;
}

function event(book, h) {
  const { known } = book;
  const ping = /\bping$/.test(h.type);
  const story =
    known.get(h.trace) ??
    known.get(h.id) ??
    begin(book, `event ${h.seq}`, 'event', ping ? 'Reconcile' : `${shortType(h.type)} ${h.subject ?? ''}`, h.at);
  name(book, story, h.trace, h.id);
  const from = h.from ?? producer(book, story, h, ping);
  // What a stranger claims is no title.
  if (h.about && from !== 'somebody' && !story.abouts.includes(h.about)) story.abouts.push(h.about);
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
    if (hop) hop.state = 'open';
    else story.hops.push({ ...emptyHop(h), kind: 'event', key: `${h.id} ${to}`, from, to, state: 'open' });
  }
  if (ping || h.from || /\.(promoted|withdrawn|drifted|updated|lost)\./.test(h.type)) story.dull = false;
  return story;
}

/** Who posted it: the webhook's taker, or whoever is at work in this story. */
function producer({ system }, story, h, ping) {
  if (ping) return 'clock';
  const first = story.hops[0];
  if (first?.kind === 'webhook' && first.id === h.id) return first.to;
  // A made-up event begins its story; those of a function belong to one.
  const maker = story.hops.length > 0 ? system?.makers[h.type] : undefined;
  if (maker) return maker;
  return story.hops.findLast(({ kind, state, to }) => kind === 'event' && to && state === 'open')?.to ?? 'somebody';
}

function attempt(book, h) {
  const found = hopOf(book, h);
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
    });
  }
  if (h.failure) story.dull = false;
  // It has looked at the whole environment.
  else if (h.trigger === 'rollout-observer' && h.to === 'subscriber' && /\.environment\.observed\./.test(h.type))
    heal(book, story, whatServes(h.subject));
  else if (/^registry-writer/.test(h.trigger) && h.to === 'subscriber') {
    if (/\.serving\.observed\./.test(h.type)) heal(book, story, whatServes(h.subject));
    else if (isDone(h)) heal(book, story, h.subject);
  }
  return story;
}

/** What was left alone, and what was found to differ, is not yet as Git says. */
function isDone({ type, reply }) {
  if (!/\.(promoted|withdrawn|observed)\./.test(type)) return false;
  return reply?.outcome !== 'ignored' && !/drifted/.test(reply?.type ?? '');
}

function hopOf({ known }, { id, trigger, trace }) {
  const story = known.get(trace) ?? known.get(id);
  const hop = story?.hops.find(({ key }) => key === `${id} ${trigger}`);
  return hop && { story, hop };
}

function begin({ stories }, key, kind, title, at) {
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
    /** What its promotions are about. */
    abouts: [],
    /** Models that the files of a push are about. */
    touches: [],
    /** Of these the change was lost, and nothing has made up for it yet. */
    losses: new Set(),
    spans: new Map(),
  };
  stories.set(key, story);
  return story;
}

function emptyHop(h) {
  const { id, type, subject, says, phase, isLeftAlone, gist, at, seq } = h;
  return {
    id,
    type,
    subject,
    says,
    phase,
    isLeftAlone,
    gist,
    at,
    seq,
    tries: 0,
    attempts: [],
    calls: [],
    logs: [],
    posted: [],
  };
}
