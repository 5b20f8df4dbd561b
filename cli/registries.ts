// The registries that a command is about: the first, and those that FURTHER_REGISTRIES names. One that cannot be reached hides none of
// the others.
import { endingOf } from '../config/settings/registry.ts';
import type { OwnSettings } from '../functions/settings.ts';
import { explain } from './explain.ts';
import { type Paint, printable } from './paint.ts';

type Writer = OwnSettings['registryWriter'];

/** What a command found about one registry, or why it could not. */
export type Found<T> = { name?: string; registry: string } & ({ result: T } | { failed: string; next?: string });

/** `all`: as eachRegistry gives them. A single registry's error is thrown, and so is one that trying again cannot correct. */
export async function ofEach<S extends { registryWriter: Writer }, T>(
  all: readonly S[],
  work: (settings: S) => Promise<T>,
): Promise<Found<T>[]> {
  const found: Found<T>[] = [];
  for (const settings of all) {
    const { name, url: registry } = settings.registryWriter;
    const about = { ...(name && { name }), registry };
    try {
      found.push({ ...about, result: await work(settings) });
    } catch (error) {
      const { message, next, exitCode } = explain(error);
      if (all.length === 1 || exitCode !== 1) throw error;
      found.push({ ...about, failed: inSettingsOf(name, message), ...(next && { next }) });
    }
  }
  return found;
}

/** The text, in which settings have the names that they have for a further registry. */
export function inSettingsOf(name: string | undefined, text: string): string {
  return name === undefined ? text : text.replace(/\b(MODEL_REGISTRY|MLFLOW)_[A-Z_]*[A-Z]/g, `$&${endingOf(name)}`);
}

/** What stands above what is said of one of several. */
export function registryLine({ name, registry }: { name?: string; registry: string }, paint: Paint): string {
  return `${paint.dim('Registry ')} ${name === undefined ? '' : `${name}: `}${printable(registry)}`;
}

export function failedText({ failed, next }: { failed: string; next?: string }, paint: Paint): string {
  return [paint.red(printable(failed)), ...(next ? [`→ ${next}`] : [])].join('\n');
}
