// What may stand in a request: parameters that are there, names, keys, values, aliases, page tokens.
import path from 'node:path';
import type { Generation } from './generations.ts';
import { invalid, invalidParameter, missingParameter } from './refusals.ts';

/** Of a query or a body. */
export type Parameters = Readonly<Record<string, unknown>>;

/** Texts that must be there. */
export function required<K extends string>(parameters: Parameters, ...names: K[]): Record<K, string> {
  const texts = {} as Record<K, string>;
  for (const name of names) {
    const value = parameters[name];
    if (value === undefined || value === null || value === '') throw missingParameter(name);
    if (typeof value !== 'string') throw invalidParameter(name, value);
    texts[name] = value;
  }
  return texts;
}

/** Empty where it is not there. */
export function optional(parameters: Parameters, name: string): string {
  const value = parameters[name] ?? '';
  if (typeof value !== 'string') throw invalidParameter(name, value);
  return value;
}

export function numberOf(version: string, { is3 }: Generation): number {
  if (/^[+-]?\d+$/.test(version.trim())) return Number(version);
  throw invalid(
    is3
      ? `Parameter 'version' must be an integer, got '${version}'.`
      : `Model version must be an integer, got '${version}'`,
  );
}

export function checkName(name: string, { is3 }: Generation): void {
  if (name.trim() === '') throw missingParameter('name');
  if (!is3) return;
  if (/[/:]/.test(name)) throw invalid(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`);
  if (isOtherPath(name)) throw invalidParameter('name', name);
}

export function checkTag(key: string, value: string, { longestValue }: Generation): void {
  if (!/^[/\p{L}\p{N}_.\- :]*$/u.test(key) || isOtherPath(key)) throw invalidParameter('key', key);
  const tooLong = [...key].length > 250 ? 'key' : [...value].length > longestValue ? 'value' : undefined;
  if (tooLong) throw invalid(`'${tooLong}' exceeds the maximum length`);
}

function isOtherPath(name: string): boolean {
  const normal = path.posix.normalize(name).replace(/(.)\/$/, '$1');
  return normal !== name || normal === '.' || normal.startsWith('..') || normal.startsWith('/');
}

export function checkAlias(alias: string): void {
  if (!/^[\p{L}\p{N}_-]*$/u.test(alias)) {
    throw invalid(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    );
  }
  if (alias.toLowerCase() === 'latest') throw invalid("'latest' alias name (case insensitive) is reserved.");
  if (/^v\d+$/i.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`);
  if ([...alias].length > 255) throw invalid('Registered model alias name is too long');
}

/** Where a version's files are: nothing of the server's own disk. */
export function checkSource(source: string): void {
  if (/^(?!file:)[a-z][a-z\d+.-]*:\/\/[^/]+\/./i.test(source)) return;
  throw invalid(`Invalid model version source: '${source}'.`);
}

export const tokenOf = (offset: number) => Buffer.from(`{"offset": ${offset}}`).toString('base64');

export function offsetOf(token: string): number {
  if (token === '') return 0;
  try {
    const { offset } = JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as { offset: number };
    return offset;
  } catch {
    throw invalid('Invalid page token, could not base64-decode');
  }
}
