import assert from 'node:assert/strict';
import { repositoryName } from '../../events/repository-name.ts';

describe('repositoryName', () => {
  for (const [url, name] of [
    ['https://gitea.example.com/mlops/gitops', 'mlops/gitops'],
    ['https://gitea.example.com:3000/git/mlops/gitops/', 'mlops/gitops'],
    ['https://gitea.example.com/alone', 'https://gitea.example.com/alone'],
    ['https://gitea.example.com', 'https://gitea.example.com'],
  ] as const) {
    it(`of ${url} is ${name}`, () => assert.equal(repositoryName(url), name));
  }
});
