// What the exit codes of the command line mean; --help prints them, and a test compares docs/cli.md with them.

export const exitCodes = {
  0: 'done, or everything is as it should be',
  1: 'it failed: a server cannot be reached, refuses or gives a wrong answer; or doctor found a problem',
  2: 'wrong use: an unknown command or option, a wrong or missing setting',
  3: 'the registry differs from Git, or that cannot be known: a file cannot be read, or a watched environment has no files',
  4: 'registry and Git agree, and the cluster does not serve what Git deploys: a rollout failed, something else serves, or that is unknown',
  130: 'interrupted (Ctrl-C)',
  141: 'the reader of the output went away (such as head)',
} as const;

export type ExitCode = keyof typeof exitCodes;
