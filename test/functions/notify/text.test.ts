// What a message says: templates, and that nothing from outside becomes markup, a link or a mention in any channel.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { placeholders } from '../../../config/settings/channels.ts';
import { mattermostMarkup } from '../../../functions/notify/channels/mattermost.ts';
import { slackMarkup } from '../../../functions/notify/channels/slack.ts';
import { render, usualTemplate } from '../../../functions/notify/template.ts';
import { seed } from '../../seed.ts';

type Values = Parameters<typeof render>[0];
const values = (more: Partial<Values> = {}): Values => ({
  ...(Object.fromEntries(placeholders.map((name) => [name, ''])) as Values),
  model: 'karaoke',
  environment: 'prod',
  state: 'labelled',
  ...more,
});

describe('a template', () => {
  it('leaves out lines that say nothing, and the spaces of what is empty', () => {
    assert.equal(render(values(), usualTemplate, slackMarkup), 'karaoke → prod: labelled');
    assert.equal(
      render(values({ version: '1', registry: 'new', by: 'ada' }), usualTemplate, slackMarkup),
      'karaoke 1 → prod new: labelled\nBy: ada',
    );
  });

  it('is written as it stands, but for its placeholders', () => {
    const template = '<!here> *{model}* {"a": 1}\n\nDone.';
    assert.equal(render(values(), template, slackMarkup), '<!here> *karaoke* {"a": 1}\n\nDone.');
  });

  it('links to http and https only, and to nothing that is long', () => {
    const link = (request: string) => render(values({ request }), '{request}', slackMarkup);
    assert.equal(link('https://x.test/a b?c=<d>|e@f&g'), '<https://x.test/a%20b?c=%3Cd%3E%7Ce%40f&amp;g>');
    for (const url of ['javascript:alert(1)', 'x', `https://x.test/${'a'.repeat(500)}`]) assert.equal(link(url), '');
  });
});

describe('a value', () => {
  const hostile = [
    '<!channel>',
    '<@U1>',
    '@all',
    '@channel',
    '*',
    '_',
    '~',
    '`',
    '[a](https://x.test)',
    '<https://x.test|a>',
    '\\',
    '#town',
    '![a](b)',
    '&lt;',
    '\n',
    '\u202e',
    'https://x.test',
    'www.x.test',
    'www2.x.test',
    'evil.com/login',
    'tel:+49',
    '> a',
    '- a',
    '1. a',
    'a',
    ' ',
    '.',
  ];
  const text = fc.array(fc.constantFrom(...hostile), { maxLength: 8 }).map((parts) => parts.join(''));

  it('is never a mention, a link or formatting in Slack', () => {
    fc.assert(
      fc.property(text, (model) => {
        const said = render(values({ model }), '{model}', slackMarkup);
        assert.doesNotMatch(said, /[<>\n\u202e]|&(?!(amp|lt|gt);)|https?:\/\/|www\./);
        assert.doesNotMatch(said, /(^|[^\p{L}\p{N}])[*_~`]|[*_~`]($|[^\p{L}\p{N}])/u);
      }),
      { seed },
    );
  });

  it('is never a mention, a link or formatting in Mattermost', () => {
    fc.assert(
      fc.property(text, (model) => {
        const written = render(values({ model }), '{model}', mattermostMarkup);
        assert.doesNotMatch(written, /^([>+-]|\d+[.)]\s)/);
        const said = written.replace(/^\d*\\(?=[>+.)-])/, '').replace(/\\[\\`*_~[\]#|!]/g, '');
        assert.doesNotMatch(said, /[\\`*_~[\]#|!\n\u202e]|@(?!\u200b)|<[a-z/!]/);
        assert.doesNotMatch(said, /https?:\/\/|www\d*\.(?!\u200b)|\p{L}:(?=[^\s\u200b])|\.\p{L}{2,}\//u);
      }),
      { seed },
    );
  });

  it('is as it was where it is harmless', () => {
    for (const markup of [slackMarkup, { text: mattermostMarkup.text, link: mattermostMarkup.link }])
      assert.equal(render(values({ model: 'demand-forecast 1.10' }), '{model}', markup), 'demand-forecast 1.10');
    assert.equal(render(values({ model: 'my_model' }), '{model}', slackMarkup), 'my_model');
  });

  it('is cut when it is long, and so is a message, so that Slack can edit it', () => {
    const long = values({ model: 'x'.repeat(5_000) });
    assert.equal(render(long, '{model}', slackMarkup).length, 801);
    assert.ok(render(long, '{model}'.repeat(20), slackMarkup).length < 4_000);
  });
});
