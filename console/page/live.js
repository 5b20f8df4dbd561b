// The connection to the console: what happens, as it happens, and what the page asks to be done.

/** ms without a connection until that is said, and between two attempts to load the page anew. */
const patience = 3_000;

/** @param {{ hello(h: any): void, happenings(list: any[]): void, view(v: any): void, read(at: any): void, trouble(t: any): void, connected(is: boolean): void }} on */
export function connect(on) {
  let token = '';
  let silence = 0;
  let isSeeking = false;
  const source = new EventSource('/live');
  source.onopen = () => {
    clearTimeout(silence);
    silence = 0;
    on.connected(true);
  };
  source.onerror = () => {
    // Streams end now and then, and the browser opens the next one at once.
    silence ||= setTimeout(() => on.connected(false), patience);
    // It gives up for good on some errors; a console that was started anew has to be found again.
    if (source.readyState === EventSource.CLOSED && !isSeeking) seek();
  };

  /** Loads the page anew when there is one, or somebody who asks the reader to sign in. */
  async function seek() {
    isSeeking = true;
    const answer = await fetch('/', { redirect: 'manual' }).catch(() => undefined);
    if (answer?.ok || answer?.status === 401 || answer?.type === 'opaqueredirect') location.reload();
    else setTimeout(seek, patience);
  }

  for (const name of ['hello', 'happenings', 'view', 'read', 'trouble']) {
    source.addEventListener(name, ({ data }) => {
      const value = JSON.parse(data);
      if (name === 'hello') token = value.pass;
      on[name](value);
    });
  }
  return {
    /** Resolves with what was done, in words; rejects with why not. */
    async act(name, fields = {}) {
      const headers = { 'content-type': 'application/json', 'x-console-token': token };
      return (await ask(`/act/${name}`, { method: 'POST', headers, body: JSON.stringify(fields) })).done;
    },
    inFull: (seq) => ask(`/happening/${seq}`),
    /** What was deployed of a row's model in its environment, newest first. */
    history: ({ environment, model, registryName }) =>
      ask(`/history?${new URLSearchParams({ environment, model, ...(registryName && { registry: registryName }) })}`),
  };
}

async function ask(path, options) {
  const response = await fetch(path, options).catch(() => undefined);
  if (!response) throw new Error('The console does not answer.');
  const value = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(value.error ?? `The console, or a proxy before it, answered ${response.status}.`);
  return value;
}
