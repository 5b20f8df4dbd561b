// What doctor found: one thing that was checked, the result, and what to do about it.

export type Level = 'ok' | 'note' | 'warning' | 'problem';

export interface Finding {
  /** A problem keeps something from working, a warning may; a note is worth knowing. */
  level: Level;
  /** What was checked: `git`, `files`, `webhook`, … */
  about: string;
  said: string;
  /** What to do. */
  next?: string;
}

/** Takes findings about one thing. */
export type Report = Readonly<Record<Level, (said: string, next?: string) => void>>;

/** `word`: puts texts into other words. */
export function reportTo(findings: Finding[], about: string, word = (text: string) => text): Report {
  const add = (level: Level) => (said: string, next?: string) =>
    void findings.push({ level, about, said: word(said), ...(next !== undefined && { next: word(next) }) });
  return { ok: add('ok'), note: add('note'), warning: add('warning'), problem: add('problem') };
}

/** What to do about an error, by a pattern of its message; the first that matches counts. */
export type Remedies = readonly (readonly [RegExp, string])[];

export function remedyFor(message: string, remedies: Remedies): string | undefined {
  return remedies.find(([pattern]) => pattern.test(message))?.[1];
}

/** Runs a check; an error becomes a problem with its remedy. True when the check ran to its end. */
export async function attempt(report: Report, remedies: Remedies, check: () => Promise<void>): Promise<boolean> {
  try {
    await check();
    return true;
  } catch (error) {
    const { message } = error as Error;
    const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`;
    report.problem(sentence, remedyFor(message, remedies));
    return false;
  }
}

/** What can keep any server from answering. `prefix`: of the names of its settings. */
export function connectionRemedies(server: string, prefix: string, unreachable: string): Remedies {
  return [
    [
      /HTTPS?_PROXY/,
      `Check that the proxy can be reached from here and lets calls to ${server} through, or name ${server} in NO_PROXY.`,
    ],
    [
      /TLS certificate is not trusted/,
      `Set ${prefix}_CA_FILE to a file with the certificate (PEM) of the authority that signed it.`,
    ],
    [
      /TLS certificate/,
      `Use the host name of the certificate in ${prefix}_URL, or have the certificate renewed for this host.`,
    ],
    [/no such host|refused|cannot be reached|cannot connect|no whole answer/, unreachable],
  ];
}
