import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DeploymentFile } from '../../promotions/deployment-file.ts';
import { contentIn, type FileState, snapshotOf } from '../../promotions/environment-snapshot.ts';

function deployed(version: string, name?: string): DeploymentFile {
  const deployment = { version, values: new Map(), ...(name === undefined ? {} : { name }) };
  return { kind: 'deployments', deployments: [deployment], warnings: [] };
}

function file(application: string, content: DeploymentFile): FileState {
  return {
    path: `model-deployments/prod/${application}/config.yaml`,
    application,
    id: `id of ${application}`,
    content,
  };
}

describe('snapshotOf', () => {
  it('names a model by `name`, else by the folder', () => {
    const { models, complete } = snapshotOf([file('a', deployed('1')), file('b', deployed('2', 'radio'))]);
    assert.deepEqual([...models.keys()], ['a', 'radio']);
    assert.equal(complete, true);
  });

  it('gathers applications of one version, and takes the rest from the first by name', () => {
    const { models } = snapshotOf([
      file('z', deployed('1', 'm')),
      file('b', deployed('2', 'm')),
      file('\u{1f680}', deployed('1', 'm')),
      file('\uff21', deployed('1', 'm')),
    ]);
    const versions = models
      .get('m')
      ?.versions.map(({ version, applications, file }) => [version, applications, file.application]);
    assert.deepEqual(versions, [
      ['1', ['z', '\uff21', '\u{1f680}'], 'z'],
      ['2', ['b'], 'b'],
    ]);
    assert.equal(models.get('m')?.files.size, 4);
  });

  it('names an application once, also when two files are its', () => {
    const one = file('a', deployed('1', 'm'));
    const { models } = snapshotOf([
      { ...one, path: 'z.yaml' },
      { ...one, path: 'b.yaml' },
    ]);
    const [served] = models.get('m')?.versions ?? [];
    assert.deepEqual([served?.applications, served?.file.path], [['a'], 'b.yaml']);
  });

  it('leaves out what is no model', () => {
    assert.deepEqual(snapshotOf([file('ui', { kind: 'nothing', reason: 'no version', warnings: [] })]), {
      complete: true,
      models: new Map(),
    });
  });

  it('is incomplete when a file could not be read, its neighbours go through', () => {
    const snapshot = snapshotOf([file('a', { kind: 'unreadable', reason: 'not YAML' }), file('b', deployed('1'))]);
    assert.equal(snapshot.complete, false);
    assert.deepEqual([...snapshot.models.keys()], ['b']);
  });

  it('says the same in whatever order the files come', () => {
    const files = fc.uniqueArray(
      fc.tuple(
        fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        fc.constantFrom('1', '2'),
        fc.constantFrom('m', 'n', undefined),
      ),
      { selector: ([application]) => application },
    );
    fc.assert(
      fc.property(files, fc.infiniteStream(fc.nat()), (some, order) => {
        const states = some.map(([application, version, name]) => file(application, deployed(version, name)));
        const shuffled = states
          .map((state) => ({ state, at: order.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ state }) => state);
        const plain = ({ models }: ReturnType<typeof snapshotOf>) =>
          [...models].map(([name, { versions }]) => [name, versions]).sort();
        assert.deepEqual(plain(snapshotOf(shuffled)), plain(snapshotOf(states)));
        // Every file is in exactly one model.
        const counted = [...snapshotOf(states).models.values()].reduce((sum, model) => sum + model.files.size, 0);
        assert.equal(counted, states.length);
      }),
    );
  });
});

describe('contentIn', () => {
  it('makes a file unreadable whose folder has to name the model and cannot', () => {
    assert.equal(contentIn('a\tb', deployed('1')).kind, 'unreadable');
    assert.equal(contentIn('x'.repeat(256), deployed('1')).kind, 'unreadable');
    assert.equal(contentIn('a\tb', deployed('1', 'm')).kind, 'deployments');
    assert.equal(contentIn('a\tb', { kind: 'nothing', reason: 'no version', warnings: [] }).kind, 'nothing');
    assert.equal(contentIn('音 楽', deployed('1')).kind, 'deployments');
  });
});
