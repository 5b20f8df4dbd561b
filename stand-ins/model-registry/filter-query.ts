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
  /** Met at the first token of a term or right behind a bare name: the parser then looks for another way to read on. */
  readonly early: boolean;
  constructor(message: string, early = false) {
    super(message);
    this.early = early;
  }
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

  let depth = 0;

  function fail(expected?: string, early = false): never {
    const { line, column, text } = peek();
    const hint = expected === undefined ? '' : ` (expected ${expected})`;
    throw new FilterSyntaxError(`${line}:${column}: unexpected token ${goQuote(text)}${hint}`, early);
  }

  function expression(expected?: string): FilterExpression {
    let left = conjunction(expected);
    while (is('OR')) left = { combine: 'OR', left, right: rightSide(() => conjunction('AndExpression')) };
    return left;
  }

  function conjunction(expected?: string): FilterExpression {
    let left = term(expected);
    while (is('AND')) left = { combine: 'AND', left, right: rightSide(() => term('Term')) };
    return left;
  }

  /** In parentheses an early mistake on the right lets the parser drop the AND or OR and miss the closing one instead. */
  function rightSide(parse: () => FilterExpression): FilterExpression {
    const operator = at++;
    const outside = depth === 0;
    try {
      return parse();
    } catch (error) {
      if (outside || !(error instanceof FilterSyntaxError && error.early)) throw error;
      at = operator;
      return fail('")"');
    }
  }

  function term(expected?: string): FilterExpression {
    if (is('(')) {
      at++;
      depth++;
      const inner = expression('Expression ")"');
      depth--;
      if (!is(')')) fail('")"');
      at++;
      return inner;
    }
    if (peek().type !== 'EscapedIdent' && peek().type !== 'Ident') fail(expected, true);
    return comparison();
  }

  function comparison(): FilterExpression {
    const start = at;
    const property = propertyName();
    const operator = peek().text;
    if (peek().type === 'String' || !OPERATORS.includes(operator)) fail(EXPECTED_OPERATOR, at - start === 1);
    at++;
    if (!is('(')) return { property, operator, value: single('Value') };
    at++;
    const values: FilterValue[] = [];
    if (!is(')')) {
      values.push(single('")"'));
      while (is(',') && startsValue(tokens[at + 1]!)) {
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
    while (is('.') && tokens[at + 1]!.type === 'Ident') {
      name += `.${tokens[at + 1]!.text}`;
      at += 2;
    }
    return name;
  }

  function single(expected: string): FilterValue {
    const token = peek();
    if (!startsValue(token)) fail(expected);
    at++;
    if (token.type === 'Ident') return token.text.toLowerCase() === 'true';
    if (token.type === 'String') return unquote(token.text);
    if (token.type === 'Float') return Number(token.text);
    const parsed = parseWhole(token.text, 64);
    if ('error' in parsed) {
      throw new FilterSyntaxError(`${token.line}:${token.column}: failed to conform: ${parsed.error}`);
    }
    return BigInt(token.text.replace(/^\+/, ''));
  }

  const result = expression();
  if (peek().type !== 'EOF') fail();
  return result;
}

const startsValue = ({ type, text }: Token): boolean =>
  type === 'String' || type === 'Int' || type === 'Float' || (type === 'Ident' && BOOLEANS.includes(text));

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
