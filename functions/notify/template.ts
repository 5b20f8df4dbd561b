// The text of a message: a template, in which nothing from outside can be more than text. Names and reasons come from files and servers
// of others; each channel has markup and mentions of its own (`Markup`).
import { type Placeholder, placeholderPattern } from '../../config/settings/channels.ts';
import { plainText } from '../../promotions/plain-text.ts';

/** How a channel writes what must not become markup, and a link. */
export interface Markup {
  text(text: string): string;
  /** `href`: as a browser would write it, without `@` and `|`. */
  link(href: string): string;
}

/** Each line that says nothing is left out. */
export const usualTemplate = [
  '{model} {version} → {environment} {registry}: {state}',
  '{sentence}',
  'By: {by}',
  'Request: {request}',
  'Commit: {commitUrl}',
  'Registry: {registryUrl}',
].join('\n');

/** Characters of one value, and of a link, which is left out when it is longer. */
const longestValue = 800;
const longestLink = 500;
/** Characters of a message: what Slack lets one edit (https://docs.slack.dev/reference/methods/chat.update), less what templates add. */
const longestText = 3_900;

const links: ReadonlySet<string> = new Set<Placeholder>(['request', 'commitUrl', 'registryUrl']);

/** With the space in front of it, which goes where nothing follows. */
const placeholder = new RegExp(`( ?)${placeholderPattern.source}`, 'g');

/** Lines of which every placeholder is empty are left out. */
export function render(values: Readonly<Record<Placeholder, string>>, template: string, markup: Markup): string {
  const lines = template.split('\n').flatMap((line) => {
    const filled: boolean[] = [];
    const text = line.replace(placeholder, (_, space: string, name: Placeholder) => {
      const value = links.has(name) ? linkIn(values[name], markup) : markup.text(cut(plainText(values[name])));
      filled.push(value !== '');
      return value === '' ? '' : space + value;
    });
    return filled.length > 0 && !filled.includes(true) ? [] : [text.trim()];
  });
  return lines.join('\n').slice(0, longestText);
}

/** The address of a page, as a browser writes it; undefined when it is none, or too long to be shown. */
export function hrefOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, href } = new URL(url);
  if (!/^https?:$/.test(protocol) || href.length > longestLink) return undefined;
  return href.replaceAll('@', '%40').replaceAll('|', '%7C');
}

function linkIn(url: string, markup: Markup): string {
  const href = hrefOf(url);
  return href === undefined ? '' : markup.link(href);
}

function cut(text: string): string {
  const letters = [...text];
  return letters.length > longestValue ? `${letters.slice(0, longestValue).join('')}…` : text;
}
