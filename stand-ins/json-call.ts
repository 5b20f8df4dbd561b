// One JSON request to a server that people and scripts talk to as well: how the story acts and looks, on stand-ins and real
// servers alike.

export interface Server {
  /** With the path of its API, without a slash at the end. */
  api: string;
  token?: string;
  /** How the caller names itself; Node's own name where it is absent. */
  userAgent?: string;
}

/** The parsed answer; null when it has no body. Throws with status and text when it is no 2xx, and with the reason when none comes. */
export async function callJson<T = Record<string, unknown>>(
  { api, token, userAgent }: Server,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await fetch(api + path, {
    method,
    headers: {
      accept: 'application/json',
      ...(userAgent === undefined ? {} : { 'user-agent': userAgent }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  }).catch((error: Error) => {
    const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
    throw new Error(`${method} ${api}${path}: expected an answer, came ${code ?? message}`, { cause: error });
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${method} ${api}${path}: expected 2xx, came ${response.status} ${text.slice(0, 300)}`);
  return (text === '' ? null : JSON.parse(text)) as T;
}
