// A bare HTTP client for the tests of the stand-in: what went in, what came out, nothing of the product.

import { BASE_PATH, type StandIn } from '../../../stand-ins/model-registry/index.ts';

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** The text as JSON; undefined where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect, and fail where it is not there.
  body: any;
}

export async function call(
  standIn: StandIn,
  method: string,
  path: string,
  body?: unknown,
  init?: RequestInit,
): Promise<Reply> {
  const response = await fetch(`${standIn.url}${BASE_PATH}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...init,
  });
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, body: json };
}

export const get = (standIn: StandIn, path: string): Promise<Reply> => call(standIn, 'GET', path);

export const label = { metadataType: 'MetadataStringValue', string_value: '' };
export const text = (value: string) => ({ metadataType: 'MetadataStringValue', string_value: value });

/** The names in a list. */
export const names = (reply: Reply): string[] => reply.body.items.map((item: { name: string }) => item.name);
