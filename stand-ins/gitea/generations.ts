// What differs between the servers the stand-in can be, in one table. Each value was measured on that server
// (test/fixtures/gitea, gitea-1.22, forgejo). Never decides anything itself.

export type GenerationName = 'gitea-1.26' | 'gitea-1.22' | 'forgejo-7';

export type Generation = {
  name: GenerationName;
  version: string;
  forgejo: boolean;
  /** `message` of a 404 without a reason of its own. */
  notFound: string;
  badToken: string;
  /** Event groups a hook can name, in the order the old servers list them. Gitea 1.26 lists them in random order. */
  hookEvents: readonly string[];
  reviewEvents: readonly string[];
  /** `X-Gitea-Hook-Installation-Target-Type` (since Gitea 1.24). */
  targetTypeHeaders: boolean;
  /** The address that hides a user's own: `2+ada@…` or `ada@…`. */
  numberedNoreply: boolean;
  /** raw and media serve the default branch when the ref is unknown. */
  unknownRefServesDefaultBranch: boolean;
  /** contents finds a commit by its first digits. */
  contentsTakesShortId: boolean;
  fileContents: boolean;
  /** Has `[server] PUBLIC_URL_DETECTION`: links to repositories, requests and users may follow the request's host. */
  detectsPublicUrl: boolean;
  /** What `commits/{sha}/pull` looks at: the sha asked for, or nothing (an error in that release). */
  commitPull: 'by-sha' | 'any-unmerged' | 'never';
  /** `public-only` tokens are kept out of private repositories. */
  publicOnlyProtects: boolean;
  hookUrlIsChecked: boolean;
  /** `hooks/{id}/tests` with an unknown ref still sends. */
  testTakesAnyRef: boolean;
  /** Tags pass the branch filter of a hook. */
  tagsPassBranchFilter: boolean;
  unknownShaOfCommits: 404 | 500;
  /** git/trees calls every page of a long tree truncated, also the last one. */
  truncatedOnLastPage: boolean;
};

const GROUPS = ['create', 'delete', 'fork', 'push'];
const ISSUES = ['issues', 'issue_assign', 'issue_label', 'issue_milestone', 'issue_comment'];
const PULLS = [
  'pull_request',
  'pull_request_assign',
  'pull_request_label',
  'pull_request_milestone',
  'pull_request_comment',
];
const OLD_REVIEWS = ['pull_request_review_approved', 'pull_request_review_rejected', 'pull_request_review_comment'];

const OLD_EVENTS = [
  ...GROUPS,
  ...ISSUES,
  ...PULLS,
  ...OLD_REVIEWS,
  'pull_request_sync',
  'wiki',
  'repository',
  'release',
  'pull_request_review_request',
];

const GITEA_1_26: Generation = {
  name: 'gitea-1.26',
  version: '1.26.0+dev-469-g3db3c058b3',
  forgejo: false,
  notFound: 'not found',
  badToken: 'invalid username, password or token',
  hookEvents: [
    ...GROUPS,
    ...ISSUES,
    ...PULLS,
    'pull_request_review',
    'pull_request_sync',
    'pull_request_review_request',
    'wiki',
    'repository',
    'release',
    'package',
    'status',
    'workflow_run',
    'workflow_job',
  ],
  reviewEvents: ['pull_request_review'],
  targetTypeHeaders: true,
  numberedNoreply: true,
  unknownRefServesDefaultBranch: true,
  contentsTakesShortId: false,
  fileContents: true,
  detectsPublicUrl: true,
  commitPull: 'by-sha',
  publicOnlyProtects: true,
  hookUrlIsChecked: true,
  testTakesAnyRef: true,
  tagsPassBranchFilter: false,
  unknownShaOfCommits: 404,
  truncatedOnLastPage: false,
};

const GITEA_1_22: Generation = {
  ...GITEA_1_26,
  name: 'gitea-1.22',
  version: '1.22.0',
  notFound: "The target couldn't be found.",
  badToken: 'user does not exist [uid: 0, name: ]',
  hookEvents: OLD_EVENTS,
  reviewEvents: OLD_REVIEWS,
  targetTypeHeaders: false,
  numberedNoreply: false,
  unknownRefServesDefaultBranch: false,
  contentsTakesShortId: true,
  fileContents: false,
  detectsPublicUrl: false,
  commitPull: 'any-unmerged',
  publicOnlyProtects: false,
  hookUrlIsChecked: false,
  testTakesAnyRef: false,
  tagsPassBranchFilter: true,
  unknownShaOfCommits: 500,
  truncatedOnLastPage: true,
};

const FORGEJO_7: Generation = {
  ...GITEA_1_22,
  name: 'forgejo-7',
  version: '7.0.2+gitea-1.21.11',
  forgejo: true,
  commitPull: 'never',
};

export const GENERATIONS: Readonly<Record<GenerationName, Generation>> = {
  'gitea-1.26': GITEA_1_26,
  'gitea-1.22': GITEA_1_22,
  'forgejo-7': FORGEJO_7,
};
