// Git as doctor looks at it: address, token, branch, deployment files. Reads only, but for one write that is always refused.
import { openForge } from '../../forges/index.ts';
import { nameIn, sameRepository, withName } from '../../promotions/repository-address.ts';
import { type Git, type ParseSettings, readGit, withoutFilesNext, withoutFilesText } from '../git.ts';
import { plural } from '../paint.ts';
import type { Shell } from '../shell.ts';
import { attempt, type Report } from './finding.ts';

/** Undefined when Git cannot be read. */
export async function checkGit(shell: Shell, settings: ParseSettings, report: Report): Promise<Git | undefined> {
  let git: Git | undefined;
  await attempt(report, 'git', remedy, async () => {
    git = await readGit(shell, settings);
    const { repository, branch, head } = git.reading;
    report('ok', 'git', `${repository}, branch ${branch} at ${head.slice(0, 10)}.`);
    if (!sameRepository(withName(repository, settings.repository), repository))
      report(
        'warning',
        'git',
        `The repository is called ${repository} now; GITEA_REPOSITORY says ${settings.repository}. Labels follow by themselves; webhooks are refused where GITEA_REPOSITORIES has the former name.`,
        'Let a reconcile run (post-deployment reconcile), then correct GITEA_REPOSITORY and GITEA_REPOSITORIES, before somebody takes the former name.',
      );
    await checkAddresses(shell, settings, report);
  });
  shell.progress.step('Looking at the token of Git');
  await checkToken(shell, settings, report, git !== undefined);
  if (git) checkFiles(git, report);
  return git;
}

/** Webhooks carry ROOT_URL; since 1.26 answers may carry the host of whoever asks. */
async function checkAddresses(shell: Shell, settings: ParseSettings, report: Report): Promise<void> {
  const { asked, public: known } = await openForge(settings, shell.io).addresses();
  const here = `${settings.url.replace(/\/+$/, '')}/${nameIn(known)}`;
  const server = withName(known, '').replace(/\/$/, '');
  const use =
    'Events, ownership markers, deployment records and commit statuses name the latter. Both are taken for the same repository.';
  if (!sameRepository(asked, known))
    report(
      'note',
      'git',
      `Gitea names itself by the address it is asked at ([server] PUBLIC_URL_DETECTION): ${asked} to us, ${known} (ROOT_URL) in webhooks. ${use}`,
    );
  else if (!sameRepository(here, known))
    report('note', 'git', `Gitea is asked at ${settings.url} and calls itself ${server} (ROOT_URL). ${use}`);
  if (isLoopback(known) && !isLoopback(here))
    report(
      'warning',
      'git',
      `Gitea's ROOT_URL is ${server}: the links in records and on commits lead nowhere.`,
      'Set [server] ROOT_URL in app.ini to the address people use; ownership markers follow by themselves.',
    );
}

function isLoopback(address: string): boolean {
  return /^(localhost|127\..*|\[::1\])$/.test(new URL(address).hostname);
}

function remedy(message: string): string {
  if (/HTTPS?_PROXY/.test(message))
    return 'See that the proxy can be reached from here and lets through to Gitea, or name Gitea in NO_PROXY.';
  if (/TLS certificate is not trusted/.test(message))
    return 'Set GITEA_CA_FILE to a file with the certificate (PEM) of who signed it.';
  if (/TLS certificate/.test(message))
    return 'Use the host name the certificate is made for in GITEA_URL, or have it renewed.';
  if (/no such host|refused|cannot be reached|cannot connect|no whole answer/.test(message))
    return 'See that GITEA_URL is right and can be reached from here. Inside a cluster names such as *.svc work only there.';
  if (/DEPLOYMENT_FILES/.test(message))
    return 'Correct DEPLOYMENT_FILES, or see that GITEA_BRANCH is the branch with the files.';
  if (/has no branch/.test(message))
    return 'Push a first commit, or set GITEA_BRANCH to a branch there is; left out, it is the default branch.';
  if (/not of the API|redirected/.test(message))
    return 'Set GITEA_URL to the address of Gitea as in a browser, without its last path; where a sign-in page or a mesh stands in front of it, have it let this through, or use an address behind it.';
  if (/GITEA_TOKEN/.test(message))
    return 'Make a token with read:repository in Gitea (Settings, Applications) of an account that sees the repository, and set GITEA_TOKEN.';
  return 'Look at GITEA_URL, GITEA_REPOSITORY and GITEA_TOKEN.';
}

async function checkToken(shell: Shell, settings: ParseSettings, report: Report, reads: boolean): Promise<void> {
  const inspector = openForge(settings, shell.io);
  try {
    const version = await inspector.version();
    if (version !== undefined) report('ok', 'git', `Version ${version}.`);
    if (settings.token() === undefined) {
      if (reads) report('ok', 'token', 'None, and none is needed: the repository is public.');
      return;
    }
    const { writes } = await inspector.rights();
    if (!reads || writes === undefined) return;
    if (writes)
      report(
        'warning',
        'token',
        'GITEA_TOKEN may write to repositories; parse only reads.',
        'Give parse a token with read:repository alone, and keep this one for post-deployment webhook (--token-file).',
      );
    else report('ok', 'token', 'GITEA_TOKEN reads and cannot write, as it should be.');
  } catch {
    // What keeps Git from answering was told before.
  }
}

/** What commit-status writes with; not asked for where there is none. */
export async function checkStatusToken(shell: Shell, report: Report): Promise<void> {
  if (!shell.env.GITEA_STATUS_TOKEN && !shell.env.GITEA_STATUS_TOKEN_FILE) return;
  const next = () =>
    'Make a token with write:repository of an account that may write to the repository, and set GITEA_STATUS_TOKEN.';
  await attempt(report, 'token', next, async () => {
    const { commitStatus } = shell.settings(['commit-status']);
    const { writes } = await openForge(commitStatus, shell.io).rights();
    if (writes) report('ok', 'token', 'GITEA_STATUS_TOKEN may write, as commit-status needs it.');
    else
      report(
        'problem',
        'token',
        'GITEA_STATUS_TOKEN may not write to the repository, so commit-status cannot tell anything.',
        next(),
      );
  });
}

function checkFiles({ reading, unreadable, warnings, withoutFiles }: Git, report: Report): void {
  for (const [environment, { now }] of reading.environments) {
    if (reading.withoutFiles.includes(environment)) continue;
    const files = [...now.models.values()].reduce((sum, { files: of }) => sum + of.size, 0);
    report('ok', 'files', `${environment}: ${plural(files, 'file')} of ${plural(now.models.size, 'model')}.`);
  }
  for (const one of withoutFiles) report('problem', 'files', withoutFilesText(one), withoutFilesNext);
  if (reading.environments.size === 0)
    report(
      'problem',
      'files',
      `No environment has files; found: ${reading.found.join(', ') || 'none'}.`,
      'Correct DEPLOYMENT_FILES or ENVIRONMENTS.',
    );
  for (const { environment, path, reason, counts } of unreadable)
    report(
      'problem',
      'files',
      `${environment}: ${path} cannot be read: ${reason}; counts ${counts}.`,
      'Correct the file in Git.',
    );
  for (const { environment, about, reason } of warnings)
    report('warning', 'files', `${environment}: ${about}: ${reason}`, 'Correct it in Git if that is not meant.');
}
