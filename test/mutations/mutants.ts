// Which small faults a source file can have: each is one edit of its text, of the kinds that people make and that live when no
// test looks. Texts that only people read (log lines, messages of errors) are left alone. Reads no file and runs nothing.
import { type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast';
import * as is from 'typescript/unstable/ast/is';

export interface Mutant {
  file: string;
  /** From 1. */
  line: number;
  kind: string;
  start: number;
  end: number;
  text: string;
}

type Edit = Pick<Mutant, 'kind' | 'start' | 'end' | 'text'>;

/** Ends of life are told in statements, bounds in comparisons, what is kept of others' things in entries. */
const rules: readonly ((node: Node) => readonly Edit[])[] = [
  conditions,
  comparisons,
  statements,
  awaits,
  argumentsSwapped,
  constants,
  calls,
  entries,
  catches,
  signs,
];

export function mutantsOf(source: SourceFile, file: string): Mutant[] {
  const found: Mutant[] = [];
  const visit = (node: Node): void => {
    if (isForPeople(node) || isOfTypes(node)) return;
    for (const rule of rules)
      for (const edit of rule(node)) found.push({ file, line: lineAt(source.text, edit.start), ...edit });
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}

export const applied = (text: string, { start, end, text: instead }: Mutant) =>
  text.slice(0, start) + instead + text.slice(end);

export const lineAt = (text: string, position: number) => text.slice(0, position).split('\n').length;

const isForPeople = (node: Node): boolean =>
  is.isTemplateExpression(node) ||
  (is.isNewExpression(node) && /Error$/.test(node.expression.getText())) ||
  (is.isCallExpression(node) && /\b(log|console\.\w+)$/.test(node.expression.getText())) ||
  (is.isExpressionStatement(node) && isForPeople(node.expression));

const isOfTypes = (node: Node): boolean =>
  is.isTypeNode(node) ||
  is.isImportDeclaration(node) ||
  is.isExportDeclaration(node) ||
  is.isInterfaceDeclaration(node) ||
  is.isTypeAliasDeclaration(node);

const replaced = (kind: string, node: Node, text: string): Edit => ({
  kind,
  start: node.getStart(),
  end: node.getEnd(),
  text,
});

function conditions(node: Node): Edit[] {
  if (is.isIfStatement(node) || is.isWhileStatement(node))
    return [replaced('condition turned round', node.expression, `!(${node.expression.getText()})`)];
  if (is.isConditionalExpression(node))
    return [replaced('condition turned round', node.condition, `!(${node.condition.getText()})`)];
  if (!is.isBinaryExpression(node) || !/^(&&|\|\||\?\?)$/.test(node.operatorToken.getText())) return [];
  return [node.left, node.right].map((side) => replaced('condition halved', node, `(${side.getText()})`));
}

const otherComparison: Record<string, string> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
};

function comparisons(node: Node): Edit[] {
  if (!is.isBinaryExpression(node)) return [];
  const other = otherComparison[node.operatorToken.getText()];
  return other ? [replaced('comparison', node.operatorToken, other)] : [];
}

function statements(node: Node): Edit[] {
  const isDropped =
    is.isExpressionStatement(node) ||
    is.isBreakStatement(node) ||
    is.isContinueStatement(node) ||
    is.isThrowStatement(node) ||
    (is.isReturnStatement(node) && !node.expression) ||
    (is.isIfStatement(node) && !node.elseStatement);
  // The whole of an `if` is dropped with its condition.
  const isAllOfIf = (inner: Node): boolean =>
    is.isIfStatement(inner.parent) ||
    (is.isBlock(inner.parent) && inner.parent.statements.length === 1 && is.isIfStatement(inner.parent.parent));
  if (!isDropped || (!is.isIfStatement(node) && isAllOfIf(node))) return [];
  return [replaced('statement dropped', node, ';')];
}

function awaits(node: Node): Edit[] {
  return is.isAwaitExpression(node) ? [replaced('await dropped', node, `(${node.expression.getText()})`)] : [];
}

function argumentsSwapped(node: Node): Edit[] {
  if (!is.isCallExpression(node)) return [];
  return node.arguments.slice(1).flatMap((second, index) => {
    const first = node.arguments[index]!;
    if (is.isSpreadElement(first) || is.isSpreadElement(second) || first.getText() === second.getText()) return [];
    const [start, end] = [first.getStart(), second.getEnd()];
    return [{ kind: 'arguments swapped', start, end, text: `${second.getText()}, ${first.getText()}` }];
  });
}

function constants(node: Node): Edit[] {
  if (node.kind === SyntaxKind.TrueKeyword) return [replaced('constant', node, 'false')];
  if (node.kind === SyntaxKind.FalseKeyword) return [replaced('constant', node, 'true')];
  if (is.isNumericLiteral(node)) {
    const value = Number(node.getText().replaceAll('_', ''));
    // One more millisecond is no fault that anybody could see.
    const isTime = /(Ms|Seconds|[tT]imeout)\b/.test(node.parent.getText().slice(0, 60));
    const others = isTime ? [value * 10] : [value + 1, value - 1].filter((other) => other >= 0);
    return others.map((other) => replaced('constant', node, String(other)));
  }
  if (is.isRegularExpressionLiteral(node)) {
    const text = node.getText();
    const [body, flags] = [text.slice(1, text.lastIndexOf('/')), text.slice(text.lastIndexOf('/') + 1)];
    const loose = [body.replace(/^\^/, ''), body.replace(/(?<!\\)\$$/, '')].filter((other) => other !== body);
    return [
      ...loose.map((other) => `/${other}/${flags}`),
      ...(flags.includes('i') ? [`/${body}/${flags.replace('i', '')}`] : []),
    ].map((other) => replaced('constant', node, other));
  }
  // With spaces it is a sentence.
  if (is.isStringLiteral(node) && !/\s/.test(node.text))
    return [replaced('constant', node, `'${node.text ? '' : 'x'}'`)];
  return [];
}

const withoutIt = [
  'filter',
  'slice',
  'trim',
  'trimEnd',
  'toLowerCase',
  'toUpperCase',
  'sort',
  'toSorted',
  'reverse',
  'toReversed',
  'catch',
  'finally',
  'flat',
];
const otherName: Record<string, string> = {
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
};

function calls(node: Node): Edit[] {
  if (!is.isCallExpression(node) || !is.isPropertyAccessExpression(node.expression)) return [];
  const { name, expression } = node.expression;
  if (withoutIt.includes(name.text)) return [replaced(`.${name.text}() left out`, node, expression.getText())];
  const other = otherName[name.text];
  return other ? [replaced('other call', name, other)] : [];
}

function entries(node: Node): Edit[] {
  const list = is.isObjectLiteralExpression(node)
    ? node.properties
    : is.isArrayLiteralExpression(node) && node.elements.length > 1
      ? node.elements
      : [];
  return list.map((entry, index) => {
    const next = list[index + 1];
    return { kind: 'entry left out', start: entry.getStart(), end: next ? next.getStart() : entry.getEnd(), text: '' };
  });
}

function catches(node: Node): Edit[] {
  if (!is.isTryStatement(node) || !node.catchClause) return [];
  const { tryBlock, finallyBlock } = node;
  const rest = finallyBlock ? `try ${tryBlock.getText()} finally ${finallyBlock.getText()}` : tryBlock.getText();
  return [replaced('catch left out', node, rest)];
}

const otherSign: Record<string, string> = { '+': '-', '-': '+', '*': '/', '/': '*', '+=': '-=', '-=': '+=' };

function signs(node: Node): Edit[] {
  if (is.isPrefixUnaryExpression(node) && node.operator === SyntaxKind.ExclamationToken)
    return [replaced('negation dropped', node, node.operand.getText())];
  if (!is.isBinaryExpression(node)) return [];
  const other = otherSign[node.operatorToken.getText()];
  return other ? [replaced('arithmetic', node.operatorToken, other)] : [];
}
