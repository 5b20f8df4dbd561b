// Holds the stand-in to the recorded servers: every exchange is sent again, status, headers, length and body compared.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { CASES, CASES_ON_EMPTY, readExchanges, SERVERS, SUMMARIES_ONLY } from './replay/recordings.ts';
import { replay } from './replay/replay.ts';

const FIXTURES = new URL('../../fixtures/model-registry/', import.meta.url);

describe('the recorded Model Registry, replayed', () => {
  for (const server of SERVERS) {
    it(`is answered by the stand-in as by ${server}`, async () => {
      const found = [...(await replay(server))].map(([key, differences]) => `${key} ${differences.join('\n')}`);
      assert.deepEqual(found, []);
    });
  }

  it('covers every recorded case', () => {
    for (const server of SERVERS) {
      const files = readdirSync(new URL(server, FIXTURES)).map((file) => file.replace('.json', ''));
      assert.deepEqual(
        files.filter((name) => ![...CASES, ...CASES_ON_EMPTY, ...SUMMARIES_ONLY].includes(name)),
        [],
      );
      for (const name of SUMMARIES_ONLY.filter((summary) => files.includes(summary))) {
        assert.equal(readExchanges(server, name).length, 0, `${server}/${name} has exchanges that are not replayed`);
      }
    }
  });

  it('tells the generations apart', async () => {
    const onNewer = await replay('v0.2.21-mariadb', 'main-mariadb');
    const onOtherDatabase = await replay('main-postgres', 'main-mariadb');
    assert.ok(onNewer.size > 20, `${onNewer.size} differences between v0.2.21 and main`);
    assert.ok(onOtherDatabase.has('main-postgres/find#29'), 'a name in capitals is found on MariaDB only');
  });
});
