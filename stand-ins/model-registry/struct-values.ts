// Struct values: base64 of a JSON object when written, kept behind a mark among the string values, JSON text when read.

import { decodeBase64 } from './go-base64.ts';
import { isNumber, isObject, type Json, JsonSyntaxError, readOnlyValue, writeJson } from './go-json.ts';
import { goQuote, type Parsed } from './go-numbers.ts';

/** How the server marks a struct among the string values. */
export const STRUCT_MARK = 'mlmd-struct::';

/** What stands in the string column, or why it is refused. */
export function storeStruct(base64: string): Parsed<string> {
  const text = structText(base64);
  return 'error' in text ? text : { value: STRUCT_MARK + Buffer.from(text.value, 'utf8').toString('base64') };
}

/** Back from the column, or why it cannot be read: any client can write a plain string that begins with the mark. */
export function readStruct(stored: string, asBase64: boolean): Parsed<string> {
  const decoded = decodeBase64(stored.slice(STRUCT_MARK.length));
  if ('error' in decoded) return { error: `failed to decode base64 string: ${decoded.error}` };
  const text = decoded.value.toString('utf8') || '{}';
  // The server keeps its binary form here, the stand-in JSON text; both refuse what is neither.
  if (!text.startsWith('{')) {
    return { error: 'failed to unmarshal binary data to proto struct: proto: cannot parse invalid wire-format data' };
  }
  return { value: asBase64 ? Buffer.from(text, 'utf8').toString('base64') : text };
}

/** Base64 of a JSON object → its text as the server keeps it: keys sorted, numbers through float64. */
function structText(base64: string): Parsed<string> {
  const decoded = decodeBase64(base64);
  if ('error' in decoded) return decoded;
  try {
    const text = decoded.value.toString('utf8');
    const json = readOnlyValue(text);
    if (!isObject(json)) return { error: `proto: syntax error (line 1:1): unexpected token ${rawToken(text)}` };
    const problem = structProblem(json, text);
    return problem === undefined ? { value: writeJson(toPlain(json)) } : { error: problem };
  } catch (error) {
    if (error instanceof JsonSyntaxError) return { error: error.message };
    throw error;
  }
}

/** What the struct type refuses beyond JSON: a repeated key, a number that no float64 holds. */
function structProblem(json: Json, text: string): string | undefined {
  const where = (at: number) => {
    const lines = text.slice(0, at).split('\n');
    return `proto: (line ${lines.length}:${lines.at(-1)!.length + 1})`;
  };
  if (Array.isArray(json)) return json.map((item) => structProblem(item, text)).find(Boolean);
  if (isNumber(json)) {
    if (Number.isFinite(Number(json.number))) return undefined;
    return `${where(json.at)}: invalid google.protobuf.Value: ${json.number}`;
  }
  if (!isObject(json)) return undefined;
  const seen = new Set<string>();
  for (const [key, value, at] of json.pairs) {
    if (seen.has(key)) return `${where(at)}: duplicate map key ${goQuote(key)}`;
    seen.add(key);
    const problem = structProblem(value, text);
    if (problem) return problem;
  }
  return undefined;
}

function rawToken(text: string): string {
  return /^\s*([[{]|"(?:[^"\\]|\\.)*"|[^\s,\]}]+)/.exec(text)![1]!;
}

function toPlain(json: Json): unknown {
  if (Array.isArray(json)) return json.map(toPlain);
  if (isNumber(json)) return Number(json.number);
  if (isObject(json)) return Object.fromEntries(json.pairs.map(([key, value]) => [key, toPlain(value)]));
  return json;
}
