import assert from 'node:assert/strict';
import { subjectOf } from '../../../forges/gitea/subject-of.ts';

describe('subjectOf', () => {
  const rows: [string, object, string | undefined][] = [
    ['create', { ref: 'x', ref_type: 'branch' }, 'refs/heads/x'],
    ['create', { ref: 'refs/heads/x', ref_type: 'branch' }, 'refs/heads/x'],
    ['delete', { ref: 'v1', ref_type: 'tag' }, 'refs/tags/v1'],
    ['delete', { ref: 'refs/tags/v1', ref_type: 'tag' }, 'refs/tags/v1'],
    // A tag may bear such a name; only its own folder makes a ref full.
    ['create', { ref: 'refs/heads/x', ref_type: 'tag' }, 'refs/tags/refs/heads/x'],
    ['create', { ref_type: 'branch' }, undefined],
    ['pull_request', { number: 7 }, '7'],
    ['pull_request_sync', { pull_request: { number: 7 } }, '7'],
    ['pull_request_review_approved', { number: 7, pull_request: { number: 7 } }, '7'],
    ['pull_request_comment', { issue: { number: 7 }, is_pull: true }, '7'],
    ['issues', { number: 3 }, '3'],
    ['issue_label', { issue: { number: 3 } }, '3'],
    ['issue_comment', { issue: { number: 3 }, comment: { id: 9 } }, '3'],
    ['release', { release: { tag_name: 'v1' } }, 'v1'],
    ['status', { sha: 'abc' }, 'abc'],
    ['wiki', { page: 'Home' }, 'Home'],
    ['package', { package: { name: 'p', version: '1' } }, 'p/1'],
    ['package', { package: null }, undefined],
    ['fork', { forkee: { full_name: 'a/b' } }, 'a/b'],
    ['repository', { repository: { full_name: 'a/b' } }, 'a/b'],
    ['workflow_run', { workflow_run: { id: 5 } }, '5'],
    ['workflow_job', { workflow_job: { id: 6 } }, '6'],
    ['action_run_failure', { run: { id: 1 } }, undefined],
    ['constructor', {}, undefined],
    ['issues', { number: {} }, undefined],
    ['wiki', { page: '' }, undefined],
  ];
  for (const [type, payload, subject] of rows)
    it(`of ${type} ${JSON.stringify(payload)} is ${subject}`, () =>
      assert.equal(subjectOf(type, payload as Record<string, unknown>), subject));
});
