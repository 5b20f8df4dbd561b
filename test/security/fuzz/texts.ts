// Fuzzed texts: deployment files, attributes in headers, signatures, settings.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { validateHeaderValue } from 'node:http';
import { CloudEvent } from 'cloudevents';
import fc from 'fast-check';
import { SettingsError } from '../../../config/settings/reader.ts';
import { isSigned, sign } from '../../../events/signature.ts';
import {
  decodeAttributes,
  decodeAttributeValue,
  encodeAttributes,
  encodeAttributeValue,
} from '../../../events/wire.ts';
import { readAllSettings, readSettings, settingNames } from '../../../functions/settings.ts';
import { readDeploymentFile } from '../../../promotions/deployment-file.ts';
import { readTemplate } from '../../../promotions/deployment-template.ts';
import { canary, cut, cuts, hostileTexts } from './hostile.ts';
import { holdsNothing, secrets } from './judge.ts';
import { target } from './target.ts';

const folder = new URL('../../fixtures/deployment-files/', import.meta.url);
const files = readdirSync(folder).map((name) => readFileSync(new URL(name, folder)));

/** Any text that is not chosen to be wrong, and what was. */
const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom(...hostileTexts));

/** Half characters have no bytes. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

function deploymentFiles() {
  const word = fc.oneof(
    fc.constantFrom(
      'version',
      'name',
      'a',
      '<<',
      '*a',
      '&a',
      '!!str',
      '!!binary',
      '?',
      '-',
      '|',
      '>',
      '"',
      "'",
      '#',
      '%YAML 1.2',
      '---',
      '...',
      '__proto__',
      canary,
      `"\\a${canary}"`,
      `${'x'.repeat(260)}${canary}`,
    ),
    fc.constantFrom(':', ': ', ' ', '  ', '\n', '\n  ', '\t', ',', '[', ']', '{', '}'),
  );
  const input = fc.oneof(
    fc.record({ sample: fc.nat(files.length - 1), list: cuts(4) }).map(({ sample, list }) => cut(files[sample]!, list)),
    fc.tuple(word, word, word).map((words) => Buffer.from(`version: ${words[0]}\nname: ${words[1]}\nx: ${words[2]}\n`)),
    fc.array(word, { maxLength: 60 }).map((parts) => Buffer.from(parts.join(''))),
    fc
      .tuple(word, fc.integer({ min: 1, max: 3_000 }), word)
      .map(([part, times, last]) => Buffer.from(part.repeat(times) + last)),
  );
  return target('deployment-file', 8, ['deployments', 'nothing', 'unreadable'], input, async (bytes) => {
    const read = await readDeploymentFile(bytes);
    if (read.kind !== 'unreadable') for (const warning of read.warnings) holdsNothing(warning);
    if (read.kind !== 'deployments') {
      holdsNothing(read.reason);
      return read.kind;
    }
    for (const name of read.deployments.flatMap(({ version, name = 'x' }) => [version, name])) {
      assert.ok(name.trim() !== '' && name.length <= 255);
      assert.doesNotMatch(name, /[\p{Cc}\p{Cs}]/u);
    }
    return read.kind;
  });
}

function attributes() {
  return target('attributes', 2, ['same'], fc.tuple(anyText, anyText), async ([text, header]) => {
    const written = encodeAttributeValue(text);
    validateHeaderValue('ce-x', written);
    assert.equal(decodeAttributeValue(written), wellFormed(text));
    decodeAttributeValue(header);
    const event = new CloudEvent<unknown>(
      { id: '1', type: 't', source: '/s', subject: text || undefined, data: {} },
      false,
    );
    const back = decodeAttributes(encodeAttributes(event), { 'ce-id': '1' });
    if (text) assert.equal(back.subject, wellFormed(text));
    return 'same';
  });
}

function signatures() {
  const input = fc.record({
    id: anyText,
    type: anyText,
    source: anyText,
    subject: anyText,
    data: fc.jsonValue(),
    which: fc.nat(3),
    other: anyText,
    key: fc.string({ minLength: 1 }),
    digit: fc.nat(63),
  });
  return target(
    'signature',
    2,
    ['told apart'],
    input,
    async ({ id, type, source, subject, data, which, other, key, digit }) => {
      const event = sign(new CloudEvent<unknown>({ id, type, source, subject, data: { data } }, false), key);
      assert.equal(isSigned(event, key), true);
      assert.equal(isSigned(event, `${key}x`), false);
      const name = (['id', 'type', 'source', 'subject'] as const)[which]!;
      // A broker may have decoded it once more, which is allowed for; any other text is another text.
      const same = [event[name] ?? '', other].map((text) =>
        decodeAttributeValue(encodeAttributeValue(decodeAttributeValue(text))),
      );
      if (same[0] !== same[1]) assert.equal(isSigned(event.cloneWith({ [name]: other }, false), key), false);
      const hex = String(event.signature);
      const turned =
        hex.slice(0, digit) + ((Number.parseInt(hex[digit]!, 16) + 1) % 16).toString(16) + hex.slice(digit + 1);
      for (const bad of [turned, hex.slice(1), `${hex}0`, '', other])
        assert.equal(isSigned(event.cloneWith({ signature: bad }, false), key), bad === hex);
      return 'told apart';
    },
  );
}

function settings() {
  const names = settingNames();
  const value = fc.oneof(
    anyText,
    fc.constantFrom(...secrets),
    fc.constantFrom(
      'http://127.0.0.1',
      'https://a.test/x',
      `https://u:${secrets[0]}@a.test`,
      `https://a.test?token=${secrets[1]}`,
      'ada/fleet',
      '8080',
      'true',
      'prod,test',
      '*',
      '{"extensions":{"a":"b"}}',
      '{environment}/{application}.yaml',
      '/file',
    ),
  );
  const input = fc.record({
    env: fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 12 }),
    target: fc.constantFrom(undefined, 'gitea-source', 'parse', 'registry-writer'),
    file: anyText,
  });
  return target('settings', 1, ['refused'], input, async ({ env, target: which, file }) => {
    // A secret in the place of something public may be shown; not so in addresses, where one may stand by right.
    const shown = Object.entries(env).filter(
      ([name, text]) =>
        !/_(SECRET|TOKEN|KEY)$/.test(name) &&
        secrets.some((secret) => text === secret || (text.includes(secret) && !/_URL$|^K_SINK$/.test(name))),
    );
    for (const [name] of shown) delete env[name];
    try {
      if (which === undefined) readAllSettings(env, () => file);
      else readSettings(env, which, () => file);
      return 'taken';
    } catch (error) {
      assert.ok(error instanceof SettingsError, String(error));
      assert.ok(error.message.length < 20_000);
      holdsNothing(error.message);
      return 'refused';
    }
  });
}

function templates() {
  return target(
    'template',
    0.5,
    ['found or not'],
    fc.tuple(
      anyText,
      anyText,
      fc.constantFrom('{environment}/{application}.yaml', 'a/**/{environment}/x-{application}/c.yaml'),
    ),
    async ([text, path, known]) => {
      for (const template of [readTemplate(text), readTemplate(known)]) {
        if ('expected' in template) continue;
        const found = template.match(path);
        if (found) assert.ok(!found.environment.includes('/') && !found.application.includes('/'));
      }
      return 'found or not';
    },
  );
}

export const texts = [deploymentFiles, attributes, signatures, settings, templates];
