// Reads directives, tags, anchors and aliases from the source, which then stands after them. Pure otherwise.
import { oneOf, type Source } from './source.ts';
import type { Token } from './token.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const word = oneOf(`${letters}0123456789_-`);
const uri = oneOf(`${letters}0123456789_-;/?:@&=+$,.!~*'()[]`);
const behindName = oneOf('?:,]}%@`');
const inVersion = oneOf('0123456789.');

function takeWhile(source: Source, table: Uint8Array): string {
  const start = source.at;
  while (source.isOneOf(table)) source.at++;
  return source.textFrom(start);
}

const wrongTag = (source: Source) => source.wrong('an invalid tag');

export function takeAnchor(source: Source): Token {
  const type = source.is('*') ? 'alias' : 'anchor';
  const { line } = source;
  source.at++;
  const name = takeWhile(source, word);
  if (name === '' || !(source.isBlankOrEnd() || source.isOneOf(behindName))) throw source.wrong(`an invalid ${type}`);
  return { type, name, line };
}

export function takeTag(source: Source): Token {
  const { line } = source;
  let handle = '';
  let suffix = '';
  if (source.is('<', 1)) {
    source.at += 2;
    suffix = takeUri(source, '');
    if (!source.is('>')) throw wrongTag(source);
    source.at++;
  } else {
    handle = takeHandle(source);
    if (handle.length > 1 && handle.endsWith('!')) {
      suffix = takeUri(source, '');
    } else {
      suffix = handle.slice(1) + takeUri(source, handle);
      handle = '!';
      if (suffix === '') [handle, suffix] = ['', '!'];
    }
  }
  if (!source.isBlankOrEnd()) throw wrongTag(source);
  return { type: 'tag', handle, suffix, line };
}

/** `!`, `!!`, `!name!`, or the beginning of a tag without a handle. */
function takeHandle(source: Source): string {
  if (!source.is('!')) throw wrongTag(source);
  const start = source.at;
  source.at++;
  takeWhile(source, word);
  if (source.is('!')) source.at++;
  return source.textFrom(start);
}

/** Empty only after a text `before`. */
function takeUri(source: Source, before: string): string {
  let text = '';
  const start = source.at;
  for (;;) {
    text += takeWhile(source, uri);
    if (!source.is('%')) break;
    text += takeEscaped(source);
  }
  if (source.at === start && before === '') throw wrongTag(source);
  return text;
}

/** One character, each byte as `%` and two digits. */
function takeEscaped(source: Source): string {
  const takeByte = (): number => {
    const start = source.at;
    source.at += 3;
    const written = source.textFrom(start);
    if (!/^%[0-9a-fA-F]{2}$/.test(written)) throw wrongTag(source);
    return Number.parseInt(written.slice(1), 16);
  };
  const lead = takeByte();
  if ((lead >= 0x80 && lead < 0xc0) || lead >= 0xf8) throw wrongTag(source);
  let text = String.fromCodePoint(lead);
  for (let more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3; more > 0; more--) {
    const byte = takeByte();
    if ((byte & 0xc0) !== 0x80) throw wrongTag(source);
    // No tag with a meaning has such a character, so its bytes need not be put together.
    text += String.fromCodePoint(byte);
  }
  return text;
}

export function takeDirective(source: Source): Token {
  source.at++;
  const name = takeWhile(source, word);
  if (!source.isBlankOrEnd()) throw source.wrong('a directive that Helm does not know');
  source.skipBlanks();
  const token = name === 'YAML' ? takeVersion(source) : name === 'TAG' ? takeTagHandle(source) : undefined;
  source.skipBlanks();
  source.skipComment();
  if (token === undefined || !source.isBreakOrEnd()) throw source.wrong('a directive that Helm does not know');
  source.takeBreak();
  return token;
}

function takeTagHandle(source: Source): Token | undefined {
  const { line } = source;
  const handle = takeHandle(source);
  if (!handle.endsWith('!') || !source.isBlank()) return undefined;
  source.skipBlanks();
  const prefix = takeUri(source, '');
  return source.isBlankOrEnd() ? { type: 'tag directive', handle, prefix, line } : undefined;
}

/** `01.01` is `1.1`, too, as in the library. */
function takeVersion(source: Source): Token | undefined {
  const { line } = source;
  const numbers = takeWhile(source, inVersion).split('.');
  if (numbers.length !== 2 || numbers.some((number) => !/^[0-9]{1,2}$/.test(number))) return undefined;
  return { type: 'version directive', version: numbers.map(Number).join('.'), line };
}
