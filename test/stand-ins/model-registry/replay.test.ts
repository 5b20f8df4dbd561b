// Holds the stand-in to the recorded servers: every exchange is sent again, status, headers, length and body compared.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { NOT_COMPARED } from './replay/not-compared.ts';
import { CASES, CASES_ON_EMPTY, readExchanges, SERVERS, SUMMARIES_ONLY } from './replay/recordings.ts';
import { type Differences, replay } from './replay/replay.ts';

const FIXTURES = new URL('../../fixtures/model-registry/', import.meta.url);

const listed = new Set(
  NOT_COMPARED.flatMap(({ case: name, from, to }) =>
    Array.from({ length: to - from + 1 }, (_, i) => `${name}#${from + i}`),
  ),
);

describe('the recorded Model Registry, replayed', () => {
  for (const server of SERVERS) {
    describe(server, () => {
      let differences: Differences;
      before(async () => {
        differences = await replay(server);
      });

      it('is answered as recorded, but for what is listed', () => {
        const unlisted = [...differences].filter(([key]) => !listed.has(key));
        assert.deepEqual(
          unlisted.map(([key, found]) => `${key} ${found.join('\n')}`),
          [],
        );
      });

      it('differs wherever the list says so', () => {
        const passing = [...listed].filter((key) => key.startsWith(`${server}/`) && !differences.has(key));
        assert.deepEqual(passing, []);
      });
    });
  }

  it('lists only exchanges that exist, each with a reason', () => {
    for (const { case: name, from, to, reason } of NOT_COMPARED) {
      const [server, file] = name.split('/') as [(typeof SERVERS)[number], string];
      assert.ok(from <= to && to < readExchanges(server, file).length, name);
      assert.ok(reason.length > 20, name);
    }
  });

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
    assert.ok(onNewer.size > 60, `${onNewer.size} differences between v0.2.21 and main`);
    assert.ok(onOtherDatabase.has('main-postgres/find#34'), 'a name in capitals is found on MariaDB only');
  });
});
