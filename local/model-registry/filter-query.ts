// Parses `filterQuery`: the server's grammar, keywords in capitals only, and the error words of its parser. It evaluates nothing.

import { goQuote, parseWhole } from './go-numbers.ts';

/*
 * expression := and ("OR" and)*        and  := term ("AND" term)*       term := "(" expression ")" | property operator value
 * property   := `escaped` | name ("." name)*                            value := string | int | float | boolean | "(" values ")"
 */

export type FilterValue = string | bigint | number | boolean;

export type FilterExpression =
  | { combine: 'AND' | 'OR'; left: FilterExpression; right: FilterExpression }
  | { property: string; operator: string; value: FilterValue | FilterValue[] };

/** The words of the server's parser, with line and column. */
export class FilterSyntaxError extends Error {
  override name = 'FilterSyntaxError';
}

interface Token {
  type: string;
  text: string;
  line: number;
  column: number;
}

const RULES: [string, RegExp][] = [
  ['space', /\s+/y],
  ['comment', /--[^\r\n]*/y],
  ['Ident', /[a-zA-Z_][a-zA-Z0-9_]*/y],
  ['Float', /[-+]?\d*\.\d+([eE][-+]?\d+)?|[-+]?\d+[eE][-+]?\d+/y],
  ['Int', /[-+]?\d+/y],
  ['String', /'([^'\\]|\\.)*'|"([^"\\]|\\.)*"/y],
  ['EscapedIdent', /`([^`\\]|\\.)*`/y],
  ['Operators', />=|<=|!=|<>|=|>|</y],
  ['Punct', /[().,]/y],
];

const OPERATORS = ['=', '!=', '<>', '>=', '<=', '>', '<', 'LIKE', 'ILIKE', 'IN'];
const EXPECTED_OPERATOR = `(${OPERATORS.map((word) => `"${word}"`).join(' | ')}) Value`;
const BOOLEANS = ['true', 'false', 'TRUE', 'FALSE'];

/** Undefined for a query of spaces only. Throws FilterSyntaxError. */
export function parseFilter(query: string): FilterExpression | undefined {
  if (query.trim() === '') return undefined;
  const tokens = lex(query);
  let at = 0;
  const peek = (): Token => tokens[at]!;
  const is = (text: string): boolean => peek().type !== 'String' && peek().text === text;

  function fail(expected?: string): never {
    const { line, column, text } = peek();
    const hint = expected === undefined ? '' : ` (expected ${expected})`;
    throw new FilterSyntaxError(`${line}:${column}: unexpected token ${goQuote(text)}${hint}`);
  }

  function expression(expected: string): FilterExpression {
    let left = conjunction(expected);
    while (is('OR')) {
      at++;
      left = { combine: 'OR', left, right: conjunction('AndExpression') };
    }
    return left;
  }

  function conjunction(expected: string): FilterExpression {
    let left = term(expected);
    while (is('AND')) {
      at++;
      left = { combine: 'AND', left, right: term('Term') };
    }
    return left;
  }

  function term(expected: string): FilterExpression {
    if (is('(')) {
      at++;
      const inner = expression('Expression ")"');
      if (!is(')')) fail('")"');
      at++;
      return inner;
    }
    if (peek().type !== 'EscapedIdent' && peek().type !== 'Ident') fail(expected);
    return comparison();
  }

  function comparison(): FilterExpression {
    const property = propertyName();
    const operator = peek().text;
    if (peek().type === 'String' || !OPERATORS.includes(operator)) fail(EXPECTED_OPERATOR);
    at++;
    if (!is('(')) return { property, operator, value: single('Value') };
    at++;
    const values: FilterValue[] = [];
    if (!is(')')) {
      values.push(single('")"'));
      while (is(',')) {
        at++;
        values.push(single('SingleValue'));
      }
    }
    if (!is(')')) fail('")"');
    at++;
    return { property, operator, value: values };
  }

  function propertyName(): string {
    const first = tokens[at++]!;
    if (first.type === 'EscapedIdent') {
      return trimAll(first.text, '`').replaceAll('\\.', '.').replaceAll('\\\\', '\\');
    }
    let name = first.text;
    while (is('.')) {
      at++;
      if (peek().type !== 'Ident') fail('<ident>');
      name += `.${tokens[at++]!.text}`;
    }
    return name;
  }

  function single(expected: string): FilterValue {
    const token = peek();
    if (token.type === 'Ident' && BOOLEANS.includes(token.text)) {
      at++;
      return token.text.toLowerCase() === 'true';
    }
    if (!['String', 'Int', 'Float'].includes(token.type)) fail(expected);
    at++;
    if (token.type === 'String') return unquote(token.text);
    if (token.type === 'Float') return Number(token.text);
    const parsed = parseWhole(token.text, 64);
    if ('error' in parsed) {
      throw new FilterSyntaxError(`${token.line}:${token.column}: Value.Integer: ${parsed.error}`);
    }
    return BigInt(token.text.replace(/^\+/, ''));
  }

  const result = expression('WhereClause');
  if (peek().type !== 'EOF') fail();
  return result;
}

function lex(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let column = 1;
  while (at < query.length) {
    const [type, text] = firstMatch(query, at) ?? invalid(query.slice(at), line, column);
    if (type !== 'space' && type !== 'comment') tokens.push({ type, text, line, column });
    at += text.length;
    const lines = text.split('\n');
    line += lines.length - 1;
    column = lines.length > 1 ? [...lines.at(-1)!].length + 1 : column + [...text].length;
  }
  tokens.push({ type: 'EOF', text: '<EOF>', line, column });
  return tokens;
}

function firstMatch(query: string, at: number): [string, string] | undefined {
  for (const [type, pattern] of RULES) {
    pattern.lastIndex = at;
    const match = pattern.exec(query);
    if (match) return [type, match[0]];
  }
  return undefined;
}

/** The message shows sixteen characters. */
function invalid(rest: string, line: number, column: number): never {
  const characters = [...rest];
  const sample = characters.length > 16 ? `${characters.slice(0, 16).join('')}...` : rest;
  throw new FilterSyntaxError(`${line}:${column}: lexer: invalid input text ${goQuote(sample)}`);
}

/** All quotes at both ends go, also those that belong to the value: `"'a'"` is `a`. */
function unquote(text: string): string {
  return trimAll(text, `"'`).replaceAll('\\"', '"').replaceAll("\\'", "'").replaceAll('\\\\', '\\');
}

function trimAll(text: string, cut: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && cut.includes(text[start]!)) start++;
  while (end > start && cut.includes(text[end - 1]!)) end--;
  return text.slice(start, end);
}
