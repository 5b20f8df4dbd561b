// What the exit codes of the command line mean: one table, printed by --help and held to docs/cli.md by a test.

export const exitCodes = {
  0: 'done, or everything is as it should be',
  1: 'it failed: a server cannot be reached, refuses or answers nonsense; or doctor found a fault',
  2: 'used wrongly: an unknown command or option, a wrong or missing setting',
  3: 'the registry is not as Git says, or nobody can tell: a file that cannot be read, a watched environment without files',
  130: 'interrupted (Ctrl-C)',
  141: 'the reader of the output went away (| head)',
} as const;

export type ExitCode = keyof typeof exitCodes;
