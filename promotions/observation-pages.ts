// Divides the report of one environment into pages, because brokers and dispatchers limit the size of an event. Pure.
import { compareCodePoints } from './code-point-order.ts';
import type { EnvironmentReport, ReportedModel } from './promotion.ts';

/** Bytes of one page's JSON. A single model that needs more gets a page of its own. */
export const maxPageBytes = 32_000;

/**
 * At least one page, also without models. Every possible name belongs to exactly one page, so that a model of the registry that is
 * not on its page is known to be missing in Git. `models`: each name once, in any order.
 */
export function observationPages(
  about: Omit<EnvironmentReport, 'page' | 'models'>,
  models: readonly ReportedModel[],
  limit: number = maxPageBytes,
): EnvironmentReport[] {
  const inOrder = [...models].sort((a, b) => compareCodePoints(a.model, b.model));
  const pages: ReportedModel[][] = [[]];
  const room = limit - bytes({ ...about, page: { from: '', to: '', number: 1e6, of: 1e6 }, models: [] });
  let used = 0;
  inOrder.forEach((model, i) => {
    const next = inOrder[i + 1];
    // `from` is this name at most, `to` the next one.
    const bounds = (name: string | undefined) => (name === undefined ? 0 : bytes(name));
    const current = pages.at(-1) as ReportedModel[];
    const first = current[0]?.model;
    const size = bytes(model) + 1;
    if (first !== undefined && used + size + bounds(first) + bounds(next?.model) > room) {
      pages.push([model]);
      used = size;
    } else {
      current.push(model);
      used += size;
    }
  });
  return pages.map((page, i) => {
    const to = pages[i + 1]?.[0]?.model;
    const from = i === 0 ? '' : (page[0]?.model ?? '');
    return {
      ...about,
      page: { from, ...(to === undefined ? {} : { to }), number: i + 1, of: pages.length },
      models: page,
    };
  });
}

/** UTF-8 bytes of a value's JSON. */
function bytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).byteLength;
}
