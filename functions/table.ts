// The list of functions: what FUNCTION_TARGET may say and what each is hosted with. Build, start and tests go by it.

const mib = 1024 * 1024;

export interface Hosting {
  /** Bytes of a request's body. */
  bodyLimit: number;
  /** False: the function reads the bytes itself, so that nothing unverified is parsed. */
  parseBody: boolean;
}

export const functions = {
  'gitea-source': { bodyLimit: 25 * mib, parseBody: false },
  parse: { bodyLimit: mib, parseBody: true },
  'registry-writer': { bodyLimit: mib, parseBody: true },
  'commit-status': { bodyLimit: mib, parseBody: true },
  // Whatever another function refuses: too large, or not JSON.
  'dead-letter': { bodyLimit: 25 * mib, parseBody: false },
} as const satisfies Record<string, Hosting>;

export type FunctionName = keyof typeof functions;

/** What FUNCTION_TARGET chooses; `all` when it is unset or empty. Throws a sentence with the names there are. */
export function chosenFunction(env: Readonly<Record<string, string | undefined>>): FunctionName | 'all' {
  const target = env.FUNCTION_TARGET;
  if (!target) return 'all';
  if (Object.hasOwn(functions, target)) return target as FunctionName;
  const names = Object.keys(functions).join(', ');
  throw new Error(
    `FUNCTION_TARGET: expected one of ${names}, or nothing for all of them; came ${JSON.stringify(target)}`,
  );
}
