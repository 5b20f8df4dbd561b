// Keeps secrets off the page: values under the names of secrets, and the known secrets in any other text. Pure.

/** In place of a secret. */
export const masked = '•••';

const secretName =
  /^(?:authorization|cookie|set-cookie|signature|ce-signature|secret|token|password|.*-signature(?:-256)?|.*_(?:secret|token|key|password))$/i;

/** Values shorter than this would turn half the page into dots. */
const shortest = 4;

export interface Mask {
  /** The same value with the texts under secret names masked, and every known secret in any text. */
  value(value: unknown): unknown;
  text(text: string): string;
}

/** `secrets`: values to hide wherever they show. */
export function createMask(secrets: readonly (string | undefined)[]): Mask {
  const known = [...new Set(secrets.flatMap((secret) => (secret ? [secret, ...secret.split(',')] : [])))]
    .filter((secret) => secret.length >= shortest)
    // The longest first: one may hold another.
    .sort((a, b) => b.length - a.length);
  const text = (given: string): string => {
    let hidden = given;
    for (const secret of known) hidden = hidden.replaceAll(secret, masked);
    // user:password@ in an address.
    return hidden.replace(/(\w+:\/\/)[^\s/@"]+@/g, `$1${masked}@`);
  };
  const value = (given: unknown): unknown => {
    if (typeof given === 'string') return text(given);
    if (Array.isArray(given)) return given.map(value);
    if (typeof given !== 'object' || given === null) return given;
    return Object.fromEntries(
      Object.entries(given).map(([name, inner]) => [
        text(name),
        secretName.test(name) && inner !== '' && inner !== null ? masked : value(inner),
      ]),
    );
  };
  return { value, text };
}

/** Names of settings that are secrets. */
export const isSecretName = (name: string): boolean => secretName.test(name);
