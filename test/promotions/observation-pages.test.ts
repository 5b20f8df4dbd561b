import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareCodePoints } from '../../promotions/code-point-order.ts';
import { inPage } from '../../promotions/drift.ts';
import { maxPageBytes, observationPages } from '../../promotions/observation-pages.ts';
import type { ReportedModel } from '../../promotions/promotion.ts';

const about = {
  environment: 'prod',
  repository: 'https://git.example.test/acme/fleet',
  branch: 'main',
  head: 'a'.repeat(40),
  observedAt: '2026-10-01T08:00:00.000Z',
  complete: true,
};

const model = (name: string, applications: string[] = ['a']): ReportedModel => ({
  model: name,
  versions: [{ version: '1', applications }],
});

const size = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('observationPages', () => {
  it('gives one page for an environment without models', () => {
    assert.deepEqual(observationPages(about, []), [{ ...about, page: { from: '', number: 1, of: 1 }, models: [] }]);
  });

  it('puts few models on one page, sorted by code point', () => {
    const [page, ...more] = observationPages(about, [model('\u{1f680}'), model('b'), model('\uff21')]);
    assert.deepEqual(more, []);
    assert.deepEqual(
      page?.models.map(({ model }) => model),
      ['b', '\uff21', '\u{1f680}'],
    );
    assert.deepEqual(page?.page, { from: '', number: 1, of: 1 });
  });

  it('keeps 5,000 models in pages under 32 kB that are well filled', () => {
    const pages = observationPages(
      about,
      Array.from({ length: 5000 }, (_, i) => model(`model-${i}`)),
    );
    assert.ok(pages.every((page) => size(page) < maxPageBytes));
    assert.ok(pages.slice(0, -1).every((page) => size(page) > maxPageBytes * 0.95));
  });

  it('gives a model that is larger than a page a page of its own', () => {
    const large = model(
      'm',
      Array.from({ length: 4000 }, (_, i) => `application-${i}`),
    );
    const pages = observationPages(about, [model('a'), large, model('z')]);
    assert.deepEqual(
      pages.map(({ models }) => models.map(({ model }) => model)),
      [['a'], ['m'], ['z']],
    );
  });

  it('covers every name exactly once, gaps included', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', '\u00e9', '\uff21', '\u{1f680}', '"'),
      minLength: 1,
      maxLength: 5,
    });
    const models = fc.uniqueArray(fc.tuple(name, fc.array(name, { minLength: 1, maxLength: 4 })), {
      selector: ([one]) => one,
      maxLength: 30,
    });
    fc.assert(
      fc.property(models, name, (some, any) => {
        const limit = 500;
        const pages = observationPages(
          about,
          some.map(([one, applications]) => model(one, applications)),
          limit,
        );
        assert.deepEqual(
          pages.flatMap((page) => page.models.map(({ model }) => model)),
          some.map(([one]) => one).sort(compareCodePoints),
        );
        pages.forEach(({ page, models, ...rest }, i) => {
          assert.deepEqual(rest, about);
          assert.deepEqual([page.number, page.of, page.to], [i + 1, pages.length, pages[i + 1]?.page.from]);
          assert.ok(models.every((one) => inPage(one.model, page)));
          assert.ok(models.length === 1 || size({ ...about, page, models }) < limit || pages.length === 1);
        });
        assert.equal(pages[0]?.page.from, '');
        assert.equal(pages.filter(({ page }) => inPage(any, page)).length, 1);
      }),
    );
  });
});
