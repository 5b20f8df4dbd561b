// Checks Git: address, token, branch, deployment files. Only reads, except for one write that is always refused.

import { openForge } from '../../forges/index.ts';
import type { OwnSettings } from '../../functions/settings.ts';
import { isLoopback } from '../../io/addresses.ts';
import { nameIn, sameRepository, withName } from '../../promotions/repository-address.ts';
import { type Git, type ParseSettings, readGit, withoutFilesNext, withoutFilesText } from '../git.ts';
import { plural } from '../paint.ts';
import type { Shell } from '../shell.ts';
import { attempt, connectionRemedies, type Remedies, type Report } from './findings.ts';

const remedies: Remedies = [
  ...connectionRemedies(
    'Gitea',
    'GITEA',
    'Check that GITEA_URL is right and can be reached from here. Names such as *.svc work inside the cluster only.',
  ),
  [/DEPLOYMENT_FILES/, 'Correct DEPLOYMENT_FILES, or set GITEA_BRANCH to the branch that has the files.'],
  [
    /has no branch/,
    'Push a first commit, or set GITEA_BRANCH to an existing branch; without it, the default branch is read.',
  ],
  [
    /not of the API|redirected/,
    'Set GITEA_URL to the address of Gitea as in a browser, without the path of a page. If a sign-in page or a mesh answers in its place, let these calls through, or use an address behind it.',
  ],
  [
    /GITEA_TOKEN/,
    'Create a token with read:repository in Gitea (Settings, Applications), of an account that can see the repository, and set GITEA_TOKEN.',
  ],
  [/./, 'Check GITEA_URL, GITEA_REPOSITORY and GITEA_TOKEN.'],
];

/** Undefined when Git cannot be read. */
export async function checkGit(shell: Shell, settings: ParseSettings, report: Report): Promise<Git | undefined> {
  let git: Git | undefined;
  await attempt(report, remedies, async () => {
    git = await readGit(shell, settings);
    const { repository, branch, head } = git.reading;
    report.ok(`${repository}, branch ${branch} at ${head.slice(0, 10)}.`);
    if (!sameRepository(withName(repository, settings.repository), repository))
      report.warning(
        `The repository is now called ${repository}; GITEA_REPOSITORY says ${settings.repository}. Labels follow by themselves; webhooks are refused if GITEA_REPOSITORIES has the former name.`,
        'Let a reconcile run (post-deployment reconcile), then correct GITEA_REPOSITORY and GITEA_REPOSITORIES, before somebody else takes the former name.',
      );
    await checkAddresses(shell, settings, report);
  });
  return git;
}

/** Webhooks carry ROOT_URL; since 1.26 answers may carry the host at which Gitea was called. */
async function checkAddresses(shell: Shell, settings: ParseSettings, report: Report): Promise<void> {
  const { asked, public: known } = await openForge(settings, shell.io).addresses();
  const here = `${settings.url.replace(/\/+$/, '')}/${nameIn(known)}`;
  const server = withName(known, '').replace(/\/$/, '');
  const use =
    'Events, ownership markers, deployment records and commit statuses use the latter. Both are taken for the same repository.';
  if (!sameRepository(asked, known))
    report.note(
      `Gitea names itself by the address at which it is called ([server] PUBLIC_URL_DETECTION): ${asked} to us, ${known} (ROOT_URL) in webhooks. ${use}`,
    );
  else if (!sameRepository(here, known))
    report.note(`Gitea is called at ${settings.url} and names itself ${server} (ROOT_URL). ${use}`);
  const isLocal = (address: string) => isLoopback(new URL(address).hostname);
  if (isLocal(known) && !isLocal(here))
    report.warning(
      `Gitea's ROOT_URL is ${server}: links in deployment records and on commits lead nowhere.`,
      'Set [server] ROOT_URL in app.ini to the address that people use; ownership markers follow by themselves.',
    );
}

/** `reads`: whether Git could be read, with this token or without one. */
export async function checkToken(shell: Shell, settings: ParseSettings, reads: boolean, report: Report): Promise<void> {
  const forge = openForge(settings, shell.io);
  try {
    const version = await forge.version();
    if (version !== undefined) report.ok(`The server's version is ${version}.`);
    if (settings.token() === undefined) {
      if (reads) report.ok('There is no token, and none is needed: the repository is public.');
      return;
    }
    const writes = await forge.mayWrite();
    if (!reads || writes === undefined) return;
    if (writes)
      report.warning(
        'GITEA_TOKEN may write to repositories; parse only reads.',
        'Give parse a token that has only read:repository, and keep this one for post-deployment webhook (--token-file).',
      );
    else report.ok('GITEA_TOKEN may read and cannot write, as it should be.');
  } catch {
    // checkGit has reported why Git does not answer.
  }
}

/** The token of commit-status. */
export async function checkStatusToken(
  shell: Shell,
  settings: OwnSettings['commitStatus'],
  report: Report,
): Promise<void> {
  const next =
    'Create a token with write:repository, of an account that may write to the repository, and set GITEA_STATUS_TOKEN.';
  await attempt(report, [[/./, next]], async () => {
    const writes = await openForge(settings, shell.io).mayWrite();
    if (writes) report.ok('GITEA_STATUS_TOKEN may write, as commit-status needs it.');
    else report.problem('GITEA_STATUS_TOKEN may not write to the repository, so there are no commit statuses.', next);
  });
}

export function checkFiles({ reading, unreadable, warnings, withoutFiles }: Git, report: Report): void {
  for (const [environment, { now }] of reading.environments) {
    if (reading.withoutFiles.includes(environment)) continue;
    const files = [...now.models.values()].reduce((sum, { files: of }) => sum + of.size, 0);
    report.ok(`${environment}: ${plural(files, 'file')} of ${plural(now.models.size, 'model')}.`);
  }
  for (const one of withoutFiles) report.problem(withoutFilesText(one), withoutFilesNext);
  if (reading.environments.size === 0)
    report.problem(
      `No environment has files; found: ${reading.found.join(', ') || 'none'}.`,
      'Correct DEPLOYMENT_FILES or ENVIRONMENTS.',
    );
  for (const { environment, path, reason, counts } of unreadable)
    report.problem(`${environment}: ${path} cannot be read: ${reason}; counts ${counts}.`, 'Correct the file in Git.');
  for (const { environment, about, reason } of warnings)
    report.warning(`${environment}: ${about}: ${reason}`, 'Correct it in Git if that is not intended.');
}
