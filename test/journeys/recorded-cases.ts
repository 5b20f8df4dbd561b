// What comes of every recorded delivery, case by case: the events that parse hands on, or the refusal of gitea-source. A
// delivery that is not named is none of our business. Reviewed by hand against the cases' descriptions and trees.
import type { ServerName } from '../stand-ins/gitea/recorded-history.ts';

/** By delivery: `<environment>/<model> <version> by <login>[ in #<pull request>]`, `-` for withdrawn, or `refused with <status>`. */
export type Outcomes = Record<string, string[]>;

export const recordedCases: Record<ServerName, Record<string, Outcomes>> = {
  gitea: {
    '00-first-push': { '02-push': ['prod/jukebox 1c17149d43 by ada', 'prod/jukebox-ui 9536b3216f by ada'] },
    '01-merge-commit': { '05-push': ['prod/jukebox 1b2c3d4e5f by ada in #1'] },
    '02-squash': { '05-push': ['prod/jukebox daeeb97572 by ada in #2'] },
    '03-rebase': { '05-push': ['prod/jukebox 9fae923d5a by ada in #3'] },
    '03b-rebase-moved-base': { '06-push': ['prod/jukebox 4fd12aabfe by ada in #4'] },
    '04-rebase-merge': { '05-push': ['prod/jukebox 228f219e9c by ada in #5'] },
    '05-fast-forward-only': { '05-push': ['prod/jukebox b0eb53f169 by ada in #6'] },
    // The server learns of the merge only after the push: no pull request yet.
    '06-manually-merged': { '04-push': ['prod/jukebox 57d305f0b3 by ada'] },
    // As above: it finds out 6 ms after the push was delivered.
    '06b-manual-merge-autodetected': { '04-push': ['prod/jukebox da3c740ac0 by ada'] },
    '07-direct-push': { '01-push': ['prod/jukebox 4770f58904 by ada'] },
    '08-add-app': { '01-push': ['prod/new-app dba41ecccc by ada'] },
    '09-delete-app': { '01-push': ['prod/new-app -'] },
    // Another folder, the same model.
    '10-rename-app': { '01-push': ['prod/jukebox-ui 9536b3216f by ada'] },
    '10b-rename-app-with-edit': { '01-push': ['prod/jukebox-ui 3fc1626e53 by ada'] },
    '11-two-apps': { '05-push': ['prod/jukebox a13043b026 by ada in #9', 'prod/jukebox-ui c48bbf33fe by ada in #9'] },
    // The payload names five of twelve commits, not the one that promotes.
    '12-truncated-push': { '01-push': ['prod/jukebox ff9243a8f5 by ada'] },
    '13-revert': {
      '05-push': ['prod/jukebox 06b40928b5 by ada in #10'],
      '10-push': ['prod/jukebox ff9243a8f5 by ada in #11'],
    },
    '13b-revert-direct': {
      '01-push': ['prod/jukebox b7a767c76f by ada'],
      '02-push': ['prod/jukebox ff9243a8f5 by ada'],
    },
    // No net change.
    '13c-promote-and-revert-in-one-push': {},
    // 03 takes both promotions back.
    '14-force-push-older': {
      '01-push': ['prod/jukebox b2737f6a6f by ada'],
      '02-push': ['prod/jukebox 0fb23c6f5d by ada'],
      '03-push': ['prod/jukebox ff9243a8f5 by ada'],
    },
    '14b-force-push-diverged': {
      '01-push': ['prod/jukebox a2cec25540 by ada'],
      '02-push': ['prod/jukebox 4e4fb44003 by ada'],
    },
    '15-feature-branch-push': {},
    '16-branch-create-delete': {},
    '17-tags': {},
    '18-pr-closed-unmerged': {},
    // before = after.
    '19-test-delivery': {},
    '20-contents-api': {
      '01-push': ['prod/jukebox 1c6ecf7666 by ada'],
      '02-push': ['prod/api-app 36fa3d98ad by ada'],
      '03-push': ['prod/api-app -'],
      '04-push': ['prod/jukebox a4388a58f8 by ada'],
    },
    '21-form-encoded': { '05-push': ['prod/jukebox 072014b3ce by ada in #19'] },
    // No signature.
    '22-no-secret': {
      '01-create': ['refused with 401'],
      '02-push': ['refused with 401'],
      '03-pull_request': ['refused with 401'],
      '04-pull_request': ['refused with 401'],
      '05-push': ['refused with 401'],
    },
    '22b-authorization-header': { '01-push': ['prod/jukebox f828767efc by ada'] },
    '22c-branch-filter': {
      '01-push': ['prod/jukebox 2f91624a89 by ada'],
      '04-push': ['prod/jukebox 40f1f836f9 by ada in #21'],
    },
    // Two hooks, one push: the same events twice.
    '22d-two-hooks': { '01-push': ['prod/jukebox 9eee3692f0 by ada'], '02-push': ['prod/jukebox 9eee3692f0 by ada'] },
    '22e-pull-request-only': { '05-push': ['prod/jukebox 48b483b7ff by ada in #22'] },
    '23-non-ascii': {
      '05-push': [
        'prod/app_ü 4028d512c9 by ada in #17',
        'prod/jukebox 1006f7e3df by ada in #17',
        'prod/klang wolke c967a64cb1 by ada in #17',
        'prod/odd ac2f867028 by ada in #17',
        'prod/音楽 baa7196b50 by ada in #17',
      ],
      '07-push': ['prod/klang wolke -'],
    },
    // Nothing, README, test environment.
    '24-empty-and-unrelated': {},
    '25-two-merges-quick': {
      '08-push': ['prod/jukebox 81584d8c4f by ada in #13'],
      '10-push': ['prod/jukebox-ui a2815d2802 by ada in #14'],
    },
    '25b-two-merges-parallel': {
      '08-push': ['prod/jukebox-ui 9969e58b08 by ada in #16'],
      '10-push': ['prod/jukebox 827283e0ad by ada in #15'],
    },
    // Late and out of order: every one finds the last head.
    '25c-burst-four-workers': {
      '01-push': ['prod/jukebox bb39b648f0 by ada', 'prod/jukebox-ui 8f5e430f8f by ada'],
      '02-push': ['prod/jukebox bb39b648f0 by ada', 'prod/jukebox-ui 8f5e430f8f by ada'],
      '03-push': ['prod/jukebox bb39b648f0 by ada', 'prod/jukebox-ui 8f5e430f8f by ada'],
      '04-push': ['prod/jukebox bb39b648f0 by ada', 'prod/jukebox-ui 8f5e430f8f by ada'],
      '05-push': ['prod/jukebox bb39b648f0 by ada', 'prod/jukebox-ui 8f5e430f8f by ada'],
      '06-push': ['prod/jukebox bb39b648f0 by ada', 'prod/jukebox-ui 8f5e430f8f by ada'],
      '07-push': ['prod/jukebox bb39b648f0 by ada', 'prod/jukebox-ui 8f5e430f8f by ada'],
      '08-push': ['prod/jukebox bb39b648f0 by ada', 'prod/jukebox-ui 8f5e430f8f by ada'],
      '09-push': ['prod/jukebox-ui 8f5e430f8f by ada'],
      '10-push': ['prod/jukebox bb39b648f0 by ada', 'prod/jukebox-ui 8f5e430f8f by ada'],
    },
    '25d-two-merges-four-workers': {
      '08-push': ['prod/jukebox afe584e0e1 by ada in #39'],
      '10-push': ['prod/jukebox-ui d8e5e1f3a0 by ada in #40'],
    },
    // 10 is `null`: no version.
    '26-version-scalars': {
      '05-push': ['prod/jukebox 1.10 by ada in #18'],
      '06-push': ['prod/jukebox 1.10 by ada'],
      '07-push': ['prod/jukebox 0x1F by ada'],
      '08-push': ['prod/jukebox 1e3 by ada'],
      '09-push': ['prod/jukebox 007 by ada'],
      '10-push': ['prod/jukebox -'],
      '11-push': ['prod/jukebox latest by ada'],
      '12-push': ['prod/jukebox 12345e6789 by ada'],
    },
    // Helm refuses `.inf`, so one file can never be read; with it gone, all that is there is told again.
    '26b-version-scalars-many-apps': {
      '01-push': [
        'prod/app_ü 4028d512c9 by Zoë Müller-Łukasz (no account) (incomplete)',
        'prod/jukebox 12345e6789 by ada (incomplete)',
        'prod/jukebox-ui 9969e58b08 by ada (incomplete)',
        'prod/odd ac2f867028 by Zoë Müller-Łukasz (no account) (incomplete)',
        'prod/v-anchor abc by ada (incomplete)',
        'prod/v-binary 0b101 by ada (incomplete)',
        'prod/v-block abc by ada (incomplete)',
        'prod/v-comment 1.2.3 by ada (incomplete)',
        'prod/v-date 2026-10-01 by ada (incomplete)',
        'prod/v-digits 1234567890 by ada (incomplete)',
        'prod/v-exp 1e3 by ada (incomplete)',
        'prod/v-float 1.10 by ada (incomplete)',
        'prod/v-hash a#b by ada (incomplete)',
        'prod/v-hex 0x1F by ada (incomplete)',
        'prod/v-hexsha-float 12345e6789 by ada (incomplete)',
        'prod/v-latest latest by ada (incomplete)',
        'prod/v-leading-zeros 0012345678 by ada (incomplete)',
        'prod/v-octal 007 by ada (incomplete)',
        'prod/v-octal2 0o17 by ada (incomplete)',
        'prod/v-on on by ada (incomplete)',
        'prod/v-one 1.0 by ada (incomplete)',
        'prod/v-plus +12 by ada (incomplete)',
        'prod/v-quoted 1.10 by ada (incomplete)',
        'prod/v-sexagesimal 1:30 by ada (incomplete)',
        'prod/v-tagged 10 by ada (incomplete)',
        'prod/v-true True by ada (incomplete)',
        'prod/v-underscore 1_000 by ada (incomplete)',
        'prod/音楽 baa7196b50 by Zoë Müller-Łukasz (no account) (incomplete)',
      ],
    },
    '26c-version-scalars-removed': {
      '01-push': [
        'prod/app_ü 4028d512c9 by Zoë Müller-Łukasz (no account)',
        'prod/jukebox 5f4e3d2c1b by ada',
        'prod/jukebox-ui 9969e58b08 by ada',
        'prod/odd ac2f867028 by Zoë Müller-Łukasz (no account)',
        'prod/v-anchor -',
        'prod/v-binary -',
        'prod/v-block -',
        'prod/v-comment -',
        'prod/v-date -',
        'prod/v-digits -',
        'prod/v-exp -',
        'prod/v-float -',
        'prod/v-hash -',
        'prod/v-hex -',
        'prod/v-hexsha-float -',
        'prod/v-latest -',
        'prod/v-leading-zeros -',
        'prod/v-octal -',
        'prod/v-octal2 -',
        'prod/v-on -',
        'prod/v-one -',
        'prod/v-plus -',
        'prod/v-quoted -',
        'prod/v-sexagesimal -',
        'prod/v-tagged -',
        'prod/v-true -',
        'prod/v-underscore -',
        'prod/音楽 baa7196b50 by Zoë Müller-Łukasz (no account)',
      ],
    },
    // 05 UTF-16 and 06 Latin-1 count with what was before; 08 is empty; 09, not YAML, counts as the empty file before it.
    '27-crlf-bom': {
      '01-push': ['prod/jukebox 24c1c09972 by ada'],
      '02-push': ['prod/jukebox 24c1c09972 by ada'],
      '03-push': ['prod/jukebox 24c1c09972 by ada'],
      '04-push': ['prod/jukebox 24c1c09972 by ada'],
      '05-push': ['prod/jukebox 24c1c09972 by ada'],
      '06-push': ['prod/jukebox 24c1c09972 by ada'],
      '07-push': ['prod/jukebox 24c1c09972 by ada'],
      '08-push': ['prod/jukebox -'],
      '10-push': ['prod/jukebox 4caf4941d4 by ada'],
    },
    // A hook of the repository and one of the user.
    '28-release-wiki-repository-issue': {
      '13-push': ['prod/jukebox da6bd0c621 by ada'],
      '14-push': ['prod/jukebox da6bd0c621 by ada'],
    },
    '29-default-branch-trunk': {
      '02-push': ['prod/jukebox 7dd6d987df by ada', 'prod/jukebox-ui 499fc3b484 by ada'],
      '09-push': ['prod/jukebox a2c5dde94a by ada in #1'],
    },
    '29b-default-branch-changed': { '03-push': ['prod/jukebox 6800cd4d49 by ada'] },
    '30-many-refs-one-push': {
      '01-push': ['prod/jukebox c050fec94d by ada'],
      '15-push': ['prod/jukebox bca3a0aac3 by ada'],
    },
    // 01 sets the executable bit, which is no change of content; 02 puts a link to the file of test there.
    '31-modes-and-types': {
      '02-push': ['prod/jukebox 0ca9237328 by ada'],
      '03-push': ['prod/jukebox bca3a0aac3 by ada'],
    },
    '32-merge-by-git-of-branch': { '01-push': ['prod/jukebox 6098b2cc2b by ada'] },
    '33-comments-reviews-labels': { '14-push': ['prod/jukebox d818319478 by ada in #23'] },
    '34-status-event': {},
    '35-timing': {
      '05-push': ['prod/jukebox-ui de49f145fd by ada in #25'],
      '10-push': ['prod/jukebox a9988c79fc by ada in #26'],
      '15-push': ['prod/jukebox-ui 35526f7eae by ada in #27'],
      '20-push': ['prod/jukebox d46725a2a7 by ada in #28'],
      '25-push': ['prod/jukebox-ui b860dcd6c8 by ada in #29'],
      '30-push': ['prod/jukebox a1f8b46287 by ada in #30'],
      '35-push': ['prod/jukebox-ui cced9041df by ada in #31'],
      '40-push': ['prod/jukebox f02cee7374 by ada in #32'],
      '45-push': ['prod/jukebox-ui 48d33296c8 by ada in #33'],
      '50-push': ['prod/jukebox 7009e8a7f7 by ada in #34'],
      '55-push': ['prod/jukebox-ui 70d9106fd2 by ada in #35'],
      '60-push': ['prod/jukebox 87db7f1adb by ada in #36'],
    },
    // The replayed delivery is the same push again.
    '36-replay': { '01-push': ['prod/jukebox 9bb9f72082 by ada'], '02-push': ['prod/jukebox 9bb9f72082 by ada'] },
    // before = after = zeros.
    '36b-test-button': {},
    '36c-web-editor': { '01-push': ['prod/jukebox 6ed9cb3715 by ada'] },
    '36d-revert-button': { '01-push': ['prod/jukebox 9bb9f72082 by ada'] },
  },
  'gitea-1.22': {
    '00-first-push': { '02-push': ['prod/jukebox e2f9b1acd4 by ada', 'prod/jukebox-ui bc2e2006fd by ada'] },
    '01-merge-commit': { '05-push': ['prod/jukebox 1b2c3d4e5f by ada in #1'] },
    '02-squash': { '05-push': ['prod/jukebox 9bf607be3f by ada in #2'] },
    '03-rebase': { '05-push': ['prod/jukebox a371e3b298 by ada in #3'] },
    '03b-rebase-moved-base': { '06-push': ['prod/jukebox 7c7655cbaf by ada in #4'] },
    '05-fast-forward-only': { '05-push': ['prod/jukebox 5ca1c3d51f by ada in #5'] },
    '07-direct-push': { '01-push': ['prod/jukebox 5d5432b351 by ada'] },
    // The payload names five of twelve commits, not the one that promotes.
    '12-truncated-push': { '01-push': ['prod/jukebox ecb2922e97 by ada'] },
    // 03 takes both promotions back.
    '14-force-push-older': {
      '01-push': ['prod/jukebox 701b1059b3 by ada'],
      '02-push': ['prod/jukebox fe91a5f163 by ada'],
      '03-push': ['prod/jukebox ecb2922e97 by ada'],
    },
    '14b-force-push-diverged': {
      '01-push': ['prod/jukebox 1e230a6ac8 by ada'],
      '02-push': ['prod/jukebox 89093bcbd6 by ada'],
    },
    '15-feature-branch-push': {},
    '16-branch-create-delete': {},
    '17-tags': {},
    '18-pr-closed-unmerged': {},
    // before = after.
    '19-test-delivery': {},
  },
  forgejo: {
    '00-first-push': { '02-push': ['prod/jukebox 328f676226 by ada', 'prod/jukebox-ui e236a23e23 by ada'] },
    '01-merge-commit': { '05-push': ['prod/jukebox 1b2c3d4e5f by ada in #1'] },
    '02-squash': { '05-push': ['prod/jukebox 8e3b1c77fc by ada in #2'] },
    '03-rebase': { '05-push': ['prod/jukebox 4c011f1bd3 by ada in #3'] },
    '03b-rebase-moved-base': { '06-push': ['prod/jukebox 8f1f34920f by ada in #4'] },
    '07-direct-push': { '01-push': ['prod/jukebox bd01f40072 by ada'] },
    '08-add-app': { '01-push': ['prod/jukebox-ui d40cca85f0 by ada'] },
    '09-delete-app': { '01-push': ['prod/jukebox-ui -'] },
    '11-two-apps': { '05-push': ['prod/jukebox edd77b6c29 by ada in #12', 'prod/jukebox-ui 163d00d68d by ada in #12'] },
    // The payload names five of twelve commits, not the one that promotes.
    '12-truncated-push': { '01-push': ['prod/jukebox e3cf347862 by ada'] },
    // 03 takes both promotions back.
    '14-force-push-older': {
      '01-push': ['prod/jukebox 554017cdf8 by ada'],
      '02-push': ['prod/jukebox 3fd989e60f by ada'],
      '03-push': ['prod/jukebox e3cf347862 by ada'],
    },
    '14b-force-push-diverged': {
      '01-push': ['prod/jukebox 210402362d by ada'],
      '02-push': ['prod/jukebox 53c9efc6d8 by ada'],
    },
    '15-feature-branch-push': {},
    '16-branch-create-delete': {},
    '17-tags': {},
    '18-pr-closed-unmerged': {},
    // before = after.
    '19-test-delivery': {},
    '22f-hook-type-forgejo': { '05-push': ['prod/jukebox 6103485a1c by ada in #5'] },
    '22g-hook-type-gogs': { '01-push': ['prod/jukebox 292be01e4f by ada'] },
    '23-non-ascii': {
      '05-push': [
        'prod/app_ü aaf76fdc6c by ada in #6',
        'prod/jukebox c2d031c418 by ada in #6',
        'prod/klang wolke 85221c25f6 by ada in #6',
        'prod/odd b75b48e99f by ada in #6',
        'prod/音楽 369aad6b68 by ada in #6',
      ],
      '07-push': ['prod/klang wolke -'],
    },
    '35-timing': {
      '05-push': ['prod/jukebox-ui f54f30445a by ada in #7'],
      '10-push': ['prod/jukebox 3577e18a0a by ada in #8'],
      '15-push': ['prod/jukebox-ui 5abcca95bf by ada in #9'],
      '20-push': ['prod/jukebox 8e2f8559f8 by ada in #10'],
      '25-push': ['prod/jukebox-ui 23cdef7f73 by ada in #11'],
    },
  },
};
