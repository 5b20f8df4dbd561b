// Files that show each rule of YAML by itself, as people write them and as they do not. What they say, the library tells.
// In the .txt files every line is one text, with JSON's escapes except that quotation marks need none.
import { readdirSync, readFileSync } from 'node:fs';

const linesOf = (name: string) =>
  readFileSync(new URL(name, import.meta.url), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(`"${line.replaceAll('\\\\', '\\u005c').replaceAll('"', '\\u0022')}"`) as string);

const base = 'name: jukebox\nversion: "1.2.0"\n';
const flow = (part: string, times: number) => `[${part.repeat(times)}b]`;

/** Lengths and depths that the library has limits for, and where its portions of 512 bytes end. */
function great(): string[] {
  const key = (text: string) => [
    `${text}: 1\nversion: 1\n`,
    `? ${text}\n: 1\nversion: 1\n`,
    `{${text}: 1, version: 1}\n`,
  ];
  const levels = (count: number) => `a: ${'['.repeat(count)}${']'.repeat(count)}\nversion: 1\n`;
  const bomb = (width: number, depth: number) =>
    `a0: &a0 [${'x,'.repeat(width)}]\n${Array.from({ length: depth }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(width)}]\n`).join('')}version: 1\n`;
  return [
    ...[1000, 1022, 1023, 1024, 1025, 1026].flatMap((length) =>
      [...'ké🚀', '" '].flatMap((c) => key(c === '" ' ? `"${'k'.repeat(length - 2)}"` : c.repeat(length))),
    ),
    `${flow('a, ', 400)}: 1\nversion: 1\n`,
    `a: ${flow('a, ', 900)}\nversion: 1\n`,
    `{a: ${flow('a, ', 900)}}\n`,
    `- ${flow('a, ', 900)}\n`,
    ...[200, 9998, 9999, 10_000, 10_001].map(levels),
    `${'- '.repeat(600)}a\n`,
    `${'? '.repeat(600)}a\n`,
    ...[bomb(20, 3), bomb(9, 5), bomb(9, 6), bomb(3, 12), bomb(2, 18)],
    ...[20, 90, 100, 200].map((times) => `a: &a [${'x,'.repeat(100)}]\nb: [${'*a,'.repeat(times)}]\nversion: 1\n`),
    `a: &a {version: 1}\nb: [${'*a,'.repeat(2000)}]\nversion: 1\n`,
    `a: &a {${Array.from({ length: 50 }, (_, i) => `k${i}: v`)}}\n${'<<: *a\n'.repeat(50)}version: 1\n`,
    ...[490, 505, 507, 508, 509, 510, 700].flatMap((length) => [
      `# ${'x'.repeat(length)}\n\ufeffversion: 1\nname: b\n`,
      `version: 1\n---\n${'x'.repeat(length)}\u0007`,
      `version: 1\n...\n${'x'.repeat(length)}\n\u0000`,
    ]),
  ];
}

/** With its byte order mark, low byte first and last. */
function utf16(text: string): Buffer[] {
  const little = Buffer.from(`\ufeff${text}`, 'utf16le');
  return [little, Buffer.from(little).swap16()];
}

function bytes(): Buffer[] {
  const notUtf8 = ['80', 'ff', 'c0af', 'c3', 'e282', 'eda080', 'f4908080', 'f888808080', 'e080af'];
  const notUtf16 = ['fffe', 'fffe61003a00200000d80000', 'fffe61003a00200000dc', 'fffe61'];
  return [
    ...[base, 'version: 🚀\nname: é\n', 'version: 1\n---\n\u0007', '\ufeffversion: 1\n'].flatMap(utf16),
    ...notUtf8.map((hex) => Buffer.from(`${Buffer.from('version: 1\nname: ').toString('hex')}${hex}0a`, 'hex')),
    // At the end, behind a document that ends where its indentation does.
    ...notUtf8.map((hex) => Buffer.from(`${Buffer.from(' version: 1\nname: a\nx: y\n').toString('hex')}${hex}`, 'hex')),
    ...notUtf16.map((hex) => Buffer.from(hex, 'hex')),
  ];
}

/** The shapes of the workshop's files and what they imply, each rule by itself, and each way to write a scalar in each place. */
export function corpus(): Buffer[] {
  const folder = new URL('../fixtures/deployment-files/', import.meta.url);
  const places = linesOf('scalars.txt').flatMap((scalar) => [
    `name: jukebox\nversion: ${scalar}\n`,
    `version: 1\nname: ${scalar}\nlast: 1`,
    `a: &a x\nb: ${scalar}\nversion: 1.2.0\n`,
    `a: {b: ${scalar}, c: d}\nversion: 1\n`,
    `- version: ${scalar}\n`,
    `${scalar}: a\nversion: 1\n`,
    `a:\n  - ${scalar}\n  - b\nversion: 1\n`,
  ]);
  return [
    ...readdirSync(folder).map((name) => readFileSync(new URL(name, folder))),
    ...[...linesOf('files.txt'), ...great(), ...places].map((text) => Buffer.from(text)),
    ...bytes(),
  ];
}
