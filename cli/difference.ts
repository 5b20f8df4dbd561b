// Writes to the registry, shown as a difference: what is added, what is removed.
import type { RegistryUpdate } from '../events/registry-updated.ts';
import { compareCodePoints } from '../promotions/code-point-order.ts';
import { type Paint, printable } from './paint.ts';

export function renderDifference(updates: readonly RegistryUpdate[], paint: Paint): string {
  return updates
    .filter(({ changes }) => changes.length > 0)
    .sort((a, b) => compareCodePoints(`${a.environment}/${a.model}`, `${b.environment}/${b.model}`))
    .map(({ environment, model, registryName, changes }) =>
      [
        paint.bold(`${environment}/${printable(model)}${registryName === undefined ? '' : ` (${registryName})`}`),
        ...changes.flatMap(({ on, name, set, removed }) => [
          `  ${on} ${printable(name)}`,
          ...Object.entries(set).map(([key, value]) =>
            paint.green(`    + ${printable(key)}${value === '' ? '  (label)' : ` = ${printable(value)}`}`),
          ),
          ...removed.map((key) => {
            const isLabel = key === environment && on !== 'alias';
            return paint.red(`    - ${printable(key)}${isLabel ? '  (label)' : ''}`);
          }),
        ]),
      ].join('\n'),
    )
    .join('\n\n');
}
