// One hop in full: the event or webhook itself, every attempt, the log lines and calls it caused. In a dialog at the side.
import { button, byId, h, pairs, render, table } from './dom.js';
import { titleOf } from './story-words.js';
import { duration, moment, nameOf, shortType, statusWords } from './words.js';

/** @param {{ inFull(seq: number): Promise<any> }} connection */
export function createDetail(connection) {
  const dialog = byId('detail');
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  let turn = 0;
  return { show };

  async function show(story, hop) {
    turn += 1;
    const own = turn;
    draw(story, hop, undefined);
    if (!dialog.open) dialog.showModal();
    const full = await connection
      .inFull(hop.answered ?? hop.attempted ?? hop.seq)
      .catch((error) => ({ error: error.message }));
    // Another one may have been asked for meanwhile.
    if (own === turn) draw(story, hop, full);
  }

  function draw(story, hop, full) {
    const { from, to, type, attempts, calls, logs, posted, note, failure } = hop;
    render(
      dialog,
      h(
        'div.sheet',
        h(
          'header',
          h(
            'div',
            h('h2', { id: 'detail-title' }, shortType(type)),
            h('p.hint', `${nameOf(from)} → ${to ? nameOf(to) : 'nobody'}, ${moment(hop.at)} · ${titleOf(story)}`),
          ),
          button('quiet', '✕', 'close', () => dialog.close(), { 'aria-label': 'Close', autofocus: true }),
        ),
        note || failure ? h('p.remark', [note, failure].filter(Boolean).join(': ')) : null,
        section('Attempts', attemptTable(hop, attempts)),
        section(
          'Answer to its sender',
          posted.map(({ status, ms }) =>
            h('p', `The broker answered ${status || 'not at all'} (${statusWords(status)}) after ${duration(ms)}`),
          ),
        ),
        section(`Calls it caused (${calls.length})`, callTable(calls)),
        section(`Log lines (${logs.length})`, logs.map(logLine)),
        full === undefined ? h('p.hint', { role: 'status' }, 'Reading the event …') : event(full),
      ),
    );
  }
}

function section(title, ...children) {
  const inside = children.flat().filter(Boolean);
  return inside.length === 0 ? null : h('section', h('h3', title), inside);
}

function attemptTable(hop, attempts) {
  if (attempts.length === 0) {
    return hop.status === undefined
      ? null
      : h('p', `${hop.status || 'No answer'} (${statusWords(hop.status)}) after ${duration(hop.ms)}`);
  }
  return table(
    'Attempts',
    ['Step', 'Answer', 'Took', 'Remark'],
    attempts.map(({ number, to, status, ms, failure, reply }) =>
      line(
        to === 'subscriber' ? `try ${number}` : to === 'reply' ? 'reply handed on' : 'dead-letter sink',
        `${status ?? 'none'} ${statusWords(status)}`,
        duration(ms),
        h('p', failure ?? (reply ? `replied ${shortType(reply.type)}` : '')),
      ),
    ),
  );
}

function callTable(calls) {
  if (calls.length === 0) return null;
  return table(
    'Calls',
    ['Server', 'Call', 'Answer', 'Took'],
    calls.map(({ server, method, path, status, ms }) =>
      line(nameOf(server), h('code', `${method} ${plainPath(path)}`), status || 'none', duration(ms)),
    ),
  );
}

function line(...cells) {
  return h(
    'tr',
    cells.map((cell) => h('td', cell)),
  );
}

function logLine({ at, level, message, outcome, reason, ms }) {
  return h(
    'p',
    { class: `log ${level ?? ''}` },
    h('time', moment(at)),
    ' ',
    [level, message, outcome, reason].filter(Boolean).join(' · '),
    ms === undefined ? '' : ` (${ms} ms)`,
  );
}

function event({ error, attributes, headers, data, answer, reply }) {
  if (error) return h('p.remark', error);
  const named = attributes ?? headers ?? {};
  return [
    section(attributes ? 'CloudEvent' : 'Webhook: headers', pairs(Object.entries(named))),
    section(attributes ? 'Its data' : 'Its body', pre('Data', data)),
    answer ? section('The answer', pre('Answer', answer.body || `${answer.status}, no body`)) : null,
    reply ? section(`The reply: ${shortType(reply.attributes.type)}`, pre('Reply', reply.data)) : null,
  ];
}

function pre(name, value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return h('pre', { tabindex: 0, role: 'region', 'aria-label': name }, text);
}

/** Without the part that all paths share, decoded for reading. */
function plainPath(path) {
  const text = path.replace(/^.*?\/(?:v1alpha3|api\/v1)(?=\/)/, '').replaceAll('+', ' ');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
