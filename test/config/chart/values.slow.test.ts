import assert from 'node:assert/strict';
import { rows } from '../../../config/chart-source/values.ts';
import { tool } from '../../tool.ts';
import { chart, helmed, knative, openshift, type Rendering, render, workshop } from './helm.ts';
import { around, merge, set, valuesWith, withoutEffect } from './values.ts';

describe('values of the chart', () => {
  let helm: string;
  before(function () {
    helm = tool(this, 'HELM');
  });

  it('helm lint finds nothing, with the defaults and with the three keys of the workshop', async () => {
    await helmed(helm, ['lint', '--strict', chart]);
    const keys = Object.entries(workshop).map(([key, value]) => `${key}=${value}`);
    await helmed(helm, ['lint', '--strict', chart, '--set', keys.join(',')]);
  });

  it('each has an effect', async () => {
    const before = new Map<string, Promise<Rendering>>();
    const renderOnce = (values: object) => {
      const key = JSON.stringify(values);
      if (!before.has(key)) before.set(key, render(helm, values));
      return before.get(key)!;
    };
    for (const row of rows.filter(({ path }) => !withoutEffect.includes(path))) {
      const [with_, without] = await Promise.all([render(helm, valuesWith(row)), renderOnce(around(row))]);
      assert.notEqual(with_.text, without.text, row.path);
    }
  });

  it('a mistyped key is refused by its name, wherever it is', async () => {
    const folders = new Set(rows.map(({ path }) => path.split('.').slice(0, -1).join('.')));
    for (const folder of folders) {
      const path = [...(folder ? [folder] : []), 'mistyped'].join('.');
      await assert.rejects(
        render(helm, merge(workshop, set(path, 'x'))),
        new RegExp(`at '/?${folder.replaceAll('.', '/')}': additional properties 'mistyped' not allowed`),
        path,
      );
    }
  });

  it('a wrong type is refused with the name of the value and the type that is wanted', async () => {
    const wanted = {
      ...{ string: 'string', integer: 'integer', boolean: 'boolean' },
      ...{ strings: 'array', mapping: 'object', mappings: 'array', groups: 'array' },
    };
    for (const wrong of ['seven', 7, ['x', 1]]) {
      const right = { string: ['string'], number: ['integer'], object: ['strings', 'mappings', 'groups'] }[
        typeof wrong as 'string'
      ];
      const wrongly = rows.filter(({ type }) => !right.includes(type));
      const said = await render(helm, wrongly.map(({ path }) => set(path, wrong)).reduce(merge, workshop)).then(
        () => assert.fail('it rendered'),
        (error: Error) => error.message,
      );
      for (const { path, type } of wrongly) {
        const at = `/${path.replaceAll('.', '/')}`;
        assert.match(said, new RegExp(`at '${at}': got (number|string|array), want ${wanted[type]}`), path);
      }
    }
  });

  it('a text that looks wrong is refused with what was expected and what came, all of them at once', async () => {
    const formed = rows.flatMap((row) => (row.type === 'string' && row.form ? [{ ...row, form: row.form }] : []));
    const values = formed.map(({ path }) => set(path, 'not so!,')).reduce(merge, workshop);
    const said = await render(helm, values).then(
      () => assert.fail('it rendered'),
      (error: Error) => error.message,
    );
    const hidden = 'a text of 8 characters, which is not shown because it may be a secret';
    for (const { path, form } of formed)
      assert.ok(
        said.includes(`${path}: expected ${form.expected}; came ${form.hidden ? hidden : '"not so!,"'}.`),
        path,
      );
    for (const { path, form, example } of formed) assert.match(String(example), new RegExp(form.pattern), path);
  });

  it('a missing value leads to a sentence that names the value to set', async () => {
    const cases: [object, RegExp, string[]?][] = [
      [{}, /Where is Gitea\? Set cluster_domain .*or gitea\.url\./],
      [
        { cluster_domain: 'apps.example.com' },
        /Which repository .*Set USER_NAME .*or gitea\.repository as owner\/name\./,
      ],
      [
        { cluster_domain: 'apps.example.com', gitea: { repository: 'a/b' } },
        /Where is the Model Registry\? Set USER_NAME and cluster_domain, or registry\.url\./,
      ],
      [
        { gitea: { url: 'https://git.example.com', repository: 'a/b' }, registry: { url: 'https://r.example.com' } },
        /Where does the image come from\? Set image\.reference .*or build\.gitUrl/,
      ],
      [workshop, /no Knative 1\.17 or later \(missing: serving\.knative\.dev\/v1, .*set mode: deployment/, openshift],
      [
        { ...workshop, mode: 'knative-one' },
        /no Knative 1\.17 or later \(missing: serving\.knative\.dev\/v1\)/,
        openshift,
      ],
      [
        { ...workshop, mode: 'knative-one', eventSigning: { enabled: false } },
        /knative-one needs eventSigning\.enabled/,
      ],
      [workshop, /cannot build images \(missing: build\.openshift\.io\/v1\)\. Set image\.reference/, knative],
      [{ ...workshop, mode: 'serverless' }, /at '\/mode': value must be one of 'knative', 'knative-one', 'deployment'/],
      [
        { ...workshop, mode: 'deployment', image: { reference: 'a/b:1' } },
        /An Ingress needs a host name: set deployment\.host/,
        [],
      ],
      [
        { ...workshop, mode: 'deployment', image: { reference: 'a/b:1' }, deployment: { expose: 'route' } },
        /no Routes \(missing: route\.openshift\.io\/v1\): set deployment\.expose to ingress/,
        [],
      ],
      [
        { ...workshop, mode: 'deployment', deployment: { expose: 'none' }, gitea: { webhook: { create: true } } },
        /gitea\.webhook\.create needs an address for Gitea to call: set gitea\.webhook\.url/,
      ],
      [{ ...workshop, registry: { role: { name: 'registry-user-a' } } }, /set registry\.role\.namespace too/],
    ];
    for (const [values, message, apis] of cases)
      await assert.rejects(render(helm, values, apis), message, JSON.stringify(values));
  });

  it('rendered twice, the same bytes come', async () => {
    for (const values of [workshop, { ...workshop, mode: 'deployment' }])
      assert.equal((await render(helm, values)).text, (await render(helm, values)).text);
  });

  it('renders without a cluster with checkApis: false', async () => {
    assert.ok((await render(helm, { ...workshop, checkApis: false }, [])).objects.length > 0);
  });
});
