// What came in place of the answer that was asked for, in words fit for a log: a sign-in page, a mesh's refusal, a proxy's page.
// Quoted is text that people are meant to read, never data, and nothing of what we sent as a secret.
import type { HttpResponse } from './io.ts';

type Secrets = readonly (string | undefined)[];

/** Bytes that are looked at, and characters that are quoted. */
const looked = 4_096;
const longest = 120;

/** Content type, first words, and where a redirect leads; undefined when there is nothing to tell. `secrets`: never quoted. */
export function whatCame(
  { status, headers, body }: Pick<HttpResponse, 'status' | 'headers' | 'body'>,
  secrets: Secrets,
): string | undefined {
  const named = /^[\w.+-]{1,60}\/[\w.+-]{1,60}/.exec(headers['content-type'] ?? '')?.[0]?.toLowerCase();
  const type = named ?? (/^\s*</.test(body.toString('latin1', 0, 64)) ? 'HTML' : undefined);
  // A success without a type may be the very data that was asked for, cut off.
  const words = type === undefined && status < 300 ? '' : wordsOf(body, type, secrets);
  const { location } = headers;
  const parts = [
    location === undefined ? undefined : `Location ${withoutSecrets(placeOf(location), secrets)}`,
    // JSON is what was asked for: how it is wrong others tell.
    body.length === 0 || type?.endsWith('json') ? undefined : type,
    words && `"${words}"`,
  ].filter(Boolean);
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** Where a Location leads, without user, password, query and fragment: sign-in pages carry secrets in them. */
export function placeOf(location: string): string {
  const nowhere = 'http://relative.invalid';
  if (!URL.canParse(location, nowhere)) return '(no address)';
  const { origin, pathname, protocol } = new URL(location, nowhere);
  if (!/^https?:$/.test(protocol)) return `(${protocol})`;
  return `${origin === nowhere ? '' : origin}${pathname}`.slice(0, 200);
}

function wordsOf(body: Buffer, type: string | undefined, secrets: Secrets): string {
  if (type !== undefined && !/^(text\/|HTML$|application\/xhtml)/.test(type)) return '';
  let text = body.toString('utf8', 0, looked);
  // What is cut in the middle could not be known as a secret any more.
  if (body.length > looked) text = text.slice(0, Math.max(0, text.lastIndexOf(' '), text.lastIndexOf('\n')));
  if (/^\s*[[{"]/.test(text)) return '';
  if (/^\s*</.test(text)) text = text.replace(/<(script|style)\b.*?(<\/\1[^>]*>|$)|<!--.*?(-->|$)|<[^>]*(>|$)/gis, ' ');
  // Bytes that are no text.
  return text.split('\ufffd').length > 3 ? '' : quoted(text, secrets);
}

/** What a server says for people to read, on one line, cut, and nothing of what we sent as a secret. */
export function quoted(text: string, secrets: Secrets): string {
  const letters = [...withoutSecrets(text.replace(/[\p{C}\p{Z}\s]+/gu, ' ').trim(), secrets)];
  return letters.length > longest ? `${letters.slice(0, longest).join('')}…` : letters.join('');
}

function withoutSecrets(text: string, secrets: Secrets): string {
  let clean = text;
  for (const secret of secrets) {
    if (!secret) continue;
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
      clean = clean.replaceAll(form, '(hidden)');
  }
  return clean.replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 (hidden)');
}
