// The same connection, but nothing is written: a PATCH is answered as the server would answer it, from the rows read before.
import { TryAgainError } from '../../events/errors.ts';
import type { Http } from '../../io/io.ts';
import { isObject, type JsonObject } from './properties.ts';

/** Every row has been read by the one who writes it. */
export function pretendWrites(http: Http): Http {
  const rows = new Map<string, JsonObject>();

  return async (request) => {
    const path = new URL(request.url).pathname;
    if (request.method === 'GET') {
      const answer = await http(request);
      if (answer.status === 200) learn(path, answer.body);
      return answer;
    }
    const key = path.split('/').slice(-2).join('/');
    const row = rows.get(key);
    if (request.method !== 'PATCH' || row === undefined)
      throw new TryAgainError(`a dry run cannot tell what ${request.method} ${path} would be answered`);
    const written = { ...row, ...(JSON.parse(String(request.body)) as JsonObject) };
    rows.set(key, written);
    return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(written)) };
  };

  function learn(path: string, body: Buffer): void {
    const read: unknown = JSON.parse(body.toString('utf8'));
    if (!isObject(read)) return;
    for (const row of Array.isArray(read.items) ? read.items : [read]) {
      if (isObject(row) && typeof row.id === 'string') rows.set(`${kindOf(path)}/${row.id}`, row);
    }
  }
}

/** As its PATCH names it: of `/model_versions/3/artifacts`, `/registered_models/3/versions` and the look-ups by name. */
function kindOf(path: string): string {
  const last = path.split('/').findLast((part) => !/^\d+$/.test(part)) ?? '';
  if (last === 'versions' || last === 'model_version') return 'model_versions';
  return last === 'registered_model' ? 'registered_models' : last;
}
