// One thing that was looked at, what was found, and what to do about it.

export type Level = 'ok' | 'note' | 'warning' | 'problem';

export interface Finding {
  /** A problem keeps something from working; a warning may; a note is to be known. */
  level: Level;
  /** What was looked at: `git`, `files`, `webhook`, … */
  about: string;
  said: string;
  /** What to do. */
  next?: string;
}

export type Report = (level: Level, about: string, said: string, next?: string) => void;

/** Runs a check; what it throws becomes a problem. True when it ran to its end. */
export async function attempt(
  report: Report,
  about: string,
  next: (message: string) => string,
  check: () => Promise<void>,
): Promise<boolean> {
  try {
    await check();
    return true;
  } catch (error) {
    const { message } = error as Error;
    report(
      'problem',
      about,
      `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`,
      next(message),
    );
    return false;
  }
}
