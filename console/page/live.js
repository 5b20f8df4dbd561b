// The connection to the console: what happens, as it happens, and what the page asks to be done.

/** @param {{ hello(h: any): void, happenings(list: any[]): void, view(v: any): void, read(at: any): void, trouble(t: any): void, connected(is: boolean): void }} on */
export function connect(on) {
  let token = '';
  let waiting = 0;
  const source = new EventSource('/live');
  source.onopen = () => on.connected(true);
  source.onerror = () => {
    on.connected(false);
    // A browser gives up for good on some errors; a console that was started anew has to be found again.
    if (source.readyState === EventSource.CLOSED && !waiting) waiting = setTimeout(() => location.reload(), 2_000);
  };
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
  const value = await response.json();
  if (!response.ok) throw new Error(value.error);
  return value;
}
