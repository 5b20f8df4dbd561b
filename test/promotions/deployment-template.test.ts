import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type DeploymentTemplate, matchTemplates, readTemplate } from '../../promotions/deployment-template.ts';

function template(text: string): DeploymentTemplate {
  const read = readTemplate(text);
  assert.ok(!('expected' in read), JSON.stringify(read));
  return read;
}

const usual = 'model-deployments/{environment}/{application}/config.yaml';

/** template, path → environment/application, or undefined. */
const rows: [string, string, string | undefined][] = [
  [usual, 'model-deployments/prod/jukebox/config.yaml', 'prod/jukebox'],
  [usual, 'model-deployments/prod/a%20b+c&d=e#f;g?h/config.yaml', 'prod/a%20b+c&d=e#f;g?h'],
  [usual, 'model-deployments/prod/音 楽\n/config.yaml', 'prod/音 楽\n'],
  [usual, 'model-deployments/prod/jukebox/config.yml', undefined],
  [usual, 'model-deployments/prod/jukebox/configXyaml', undefined],
  [usual, 'model-deployments/prod/jukebox/config.yaml/more', undefined],
  [usual, 'model-deployments/prod/jukebox/config.yaml\n', undefined],
  [usual, 'model-deployments/prod/team/jukebox/config.yaml', undefined],
  [usual, 'model-deployments/prod/config.yaml', undefined],
  [usual, 'x/model-deployments/prod/jukebox/config.yaml', undefined],
  [usual, 'Model-Deployments/prod/jukebox/config.yaml', undefined],
  [usual, 'toolings/post-deployment-pipeline/config.yaml', undefined],
  ['canopy/{environment}/**/{application}/config.yaml', 'canopy/prod/a/config.yaml', 'prod/a'],
  ['canopy/{environment}/**/{application}/config.yaml', 'canopy/prod/x/y/a/config.yaml', 'prod/a'],
  ['**/{environment}/{application}.yaml', 'prod/a.yaml', 'prod/a'],
  ['**/{environment}/{application}.yaml', 'x/y/prod/a.b.yaml', 'prod/a.b'],
  ['{application}/overlays/{environment}/values.yaml', 'a/overlays/prod/values.yaml', 'prod/a'],
  ['apps/{environment}-{application}.yaml', 'apps/prod-my-app.yaml', 'prod/my-app'],
  ['apps/{environment}/{application}/**', 'apps/prod/a/x/y.yaml', 'prod/a'],
  ['(a|b)/{environment}/{application}/c.yaml', '(a|b)/prod/x/c.yaml', 'prod/x'],
  ['(a|b)/{environment}/{application}/c.yaml', 'a/prod/x/c.yaml', undefined],
];

describe('readTemplate', () => {
  for (const [text, path, expected] of rows) {
    it(`${text} ${expected ? 'takes' : 'leaves'} ${JSON.stringify(path)}`, () => {
      const found = template(text).match(path);
      assert.equal(found && `${found.environment}/${found.application}`, expected);
    });
  }

  it('knows the folder before the first placeholder', () => {
    const folders = {
      [usual]: 'model-deployments',
      'a/b/{environment}/{application}.yaml': 'a/b',
      'a/**/{environment}/{application}.yaml': 'a',
      'a/x-{environment}/{application}.yaml': 'a',
      '{environment}/{application}.yaml': '',
    };
    for (const [text, folder] of Object.entries(folders)) assert.equal(template(text).folder, folder, text);
  });

  it('refuses what cannot be a template, and says what was expected', () => {
    for (const [text, expected] of [
      ['', /path from the root/],
      ['/a/{environment}/{application}', /path from the root/],
      ['a//{environment}/{application}', /path from the root/],
      ['../{environment}/{application}', /path from the root/],
      ['a/{environment}/config.yaml', /\{application\} in it/],
      ['a/{application}/config.yaml', /\{environment\} in it/],
      ['{environment}/{application}/*.yaml', /\*\*/],
      ['{environment}/{application}/{file}.yaml', /no placeholders but/],
      ['{environment}/{application}/{environment}.yaml', /\{environment\} exactly once/],
      ['{environment}/{application}-{application}.yaml', /\{application\} exactly once/],
    ] as const) {
      const read = readTemplate(text);
      assert.ok('expected' in read, text);
      assert.match(read.expected, expected);
    }
  });

  it('finds again what was put into a path', () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((text) => !text.includes('/'));
    const between = fc.array(segment, { maxLength: 3 });
    const any = template('root/{environment}/**/{application}/config.yaml');
    fc.assert(
      fc.property(segment, segment, between, (environment, application, folders) => {
        const path = ['root', environment, ...folders, application, 'config.yaml'].join('/');
        assert.deepEqual(any.match(path), { environment, application });
        assert.equal(any.match(`x/${path}`), undefined);
        assert.equal(any.match(`${path}x`), undefined);
      }),
    );
  });

  it('ends on paths made to be slow, for which trying everything would take years', () => {
    for (const slow of [
      '**/a/**/a/**/{environment}/**/{application}/b',
      '**/{environment}/**/{application}/**/x/**/b',
      '**/x{environment}/**/**/a/**/x{application}/b',
      '**/{environment}-{application}-.yaml',
      '**/{environment}/**/{application}/**/a/a/b',
      '{environment}{application}/b',
    ]) {
      assert.equal(template(slow).match(`${'a'.repeat(4_000)}/c`), undefined);
      assert.equal(template(slow).match(`${'a/'.repeat(2_000)}c`), undefined);
      const segments = Array.from({ length: 200 }, (_, i) => `a-${i}-`).join('/');
      assert.equal(template(slow).match(`${segments}/${'-a'.repeat(500)}`), undefined);
    }
  });
});

describe('a template beside a regular expression of the same meaning', () => {
  it('finds the same', () => {
    const placeholders = [
      ['{environment}', '**', '{application}'],
      ['a{application}', '{environment}-'],
      ['{application}-{environment}'],
      ['a{environment}{application}b'],
    ];
    let matches = 0;
    const piece = fc.constantFrom('a', '-', 'b');
    const segment = fc.oneof(
      fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join('')),
      fc.constant('**'),
    );
    const path = fc.array(fc.stringMatching(/^[ab.-]{1,3}$/), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 4 }), fc.constantFrom(...placeholders), path, (more, own, folders) => {
        const segments = [...more.slice(0, 2), ...own, ...more.slice(2)];
        const read = template(segments.join('/'));
        const found = expressionOf(segments).exec(folders.join('/'))?.groups;
        assert.deepEqual(read.match(folders.join('/')), found && { ...found });
        matches += found ? 1 : 0;
      }),
      { numRuns: 5_000 },
    );
    assert.ok(matches > 200, `${matches} matches`);
  });
});

function expressionOf(segments: readonly string[]): RegExp {
  const sources = segments.map((segment, i) => {
    const last = i === segments.length - 1;
    if (segment === '**') return last ? '[^/]+(?:/[^/]+)*' : '(?:[^/]+/)*';
    const source = segment.replaceAll('.', '\\.').replace(/\{(\w+)\}/g, '(?<$1>[^/]+?)');
    return last ? source : `${source}/`;
  });
  return new RegExp(`^${sources.join('')}$`);
}

describe('matchTemplates', () => {
  it('lets the first template that fits decide', () => {
    const both = [
      template('x/{environment}/{application}/config.yaml'),
      template('{application}/{environment}/**/config.yaml'),
    ];
    assert.deepEqual(matchTemplates(both, 'x/prod/a/config.yaml'), { environment: 'prod', application: 'a' });
    assert.deepEqual(matchTemplates(both, 'y/prod/a/config.yaml'), { environment: 'prod', application: 'y' });
    assert.equal(matchTemplates(both, 'README.md'), undefined);
  });
});
