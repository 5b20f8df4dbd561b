// Makes the pictures and the film of README and docs, light and dark, from the story that the tests click through: `npm run
// pictures`. With a folder (`npm run pictures -- <folder>`): every state at every width instead, to look at. Needs Chromium, and
// ffmpeg on the PATH for the film.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { createPages } from '../cli/opened-page.ts';
import { config, createCliWorld, pathOf } from '../cli/world.ts';
import { findTool } from '../tool.ts';
import { labelled, openBrowser, openConsole, phase, press, request, verdict, visit } from './opened.ts';

const docs = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));
/** The film's frames are as wide as this; the page is drawn at `screen`. */
const filmWidth = 1000;
const screen = { width: 1440, height: 900 };
const widths = [screen, { width: 1024, height: 768 }, { width: 390, height: 844 }];
/** ms between two steps of the cluster, so that a rollout can be seen. */
const stepMs = 450;
/** ms until what moves has come to rest. */
const rest = 1_500;

type Scheme = 'light' | 'dark';
/** Takes the picture of a state. */
type Shoot = (page: Page, name: string) => Promise<void>;

const [folder] = process.argv.slice(2);
await mkdir(folder ?? docs, { recursive: true });
const chromium = findTool('CHROMIUM');
if (!chromium) throw new Error('expected Chromium on the PATH, or its path in CHROMIUM');
const browser = await openBrowser(chromium);
try {
  for (const scheme of ['light', 'dark'] as const) {
    const shoot = folder === undefined ? inDocs(scheme) : atAllWidths(folder, scheme);
    await tell(browser, scheme, shoot);
    await tellOfMany(browser, scheme, shoot);
    if (folder === undefined) await film(browser, scheme);
  }
} finally {
  await browser.close();
}

/** Those that pages show. */
function inDocs(scheme: Scheme): Shoot {
  return async (page, name) => {
    if (['lost-webhook', 'failed-rollout', 'many-models'].includes(name))
      await take(page, path.join(docs, `${name}-${scheme}.png`));
  };
}

function atAllWidths(to: string, scheme: Scheme): Shoot {
  return async (page, name) => {
    for (const size of widths) {
      await page.setViewportSize(size);
      await take(page, path.join(to, `${name}-${size.width}-${scheme}.png`));
    }
    await page.setViewportSize(screen);
  };
}

async function take(page: Page, file: string): Promise<void> {
  await page.locator('.toasts').evaluate((one) => one.replaceChildren());
  await page.mouse.move(0, 0);
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: file });
}

/** A system of its own for each scheme, so that both show the same. */
async function tell(with_: Browser, colorScheme: Scheme, shoot: Shoot): Promise<void> {
  const opened = await openConsole();
  const { page, end } = await visit(with_, opened.console.url, { colorScheme, viewport: screen });
  try {
    await shoot(page, 'at-rest');

    opened.system.cluster!.standIn.stepMs = 60_000;
    await press(page, 'Merge #1');
    await verdict(page, 'rolling');
    await page.waitForTimeout(rest);
    await shoot(page, 'rolling-out');
    opened.system.cluster!.standIn.settle();
    opened.system.cluster!.standIn.stepMs = 5;
    await verdict(page, 'same');

    await press(page, 'Lose it');
    await press(page, 'Make it hard (1 on)');
    await press(page, 'Merge #2');
    await verdict(page, 'differs');
    await page.waitForTimeout(rest);
    await shoot(page, 'lost-webhook');

    await press(page, 'Reconcile now');
    await verdict(page, 'same');
    await press(page, 'Its image is missing');
    await press(page, 'Make it hard (1 on)');
    await press(page, `Merge #${await request(page, 'jukebox', '1.2.0')}`);
    await phase(page, 'jukebox', 'failed');
    await page.waitForTimeout(rest);
    await shoot(page, 'failed-rollout');

    await press(page, 'Stop the registry');
    await verdict(page, 'unknown');
    await press(page, 'Make it hard (1 on)');
    await page.waitForTimeout(rest);
    await shoot(page, 'registry-down');
  } finally {
    await end();
    await opened.close();
  }
}

/** The page of an installation: 200 models in five environments, two of which differ. */
async function tellOfMany(with_: Browser, colorScheme: Scheme, shoot: Shoot): Promise<void> {
  const environments = ['dev', 'test', 'stage', 'prod', 'edge'];
  const models = Array.from({ length: 200 }, (_, i) => `model-${String(i).padStart(3, '0')}`);
  const files = environments.flatMap((one) => models.map((name) => [pathOf(name, one), config(name, '1.0.0')]));
  const world = await createCliWorld(Object.fromEntries(files));
  world.env.ENVIRONMENTS = environments.join(',');
  const versions = ['1.0.0', '1.1.0', '2.0.0'].map((name) => ({ name }));
  for (const name of models) world.registry.addModel({ name, versions });
  await world.run(['reconcile', '--yes']);
  for (const [i, name] of models.slice(4, 10).entries()) {
    const number = openRequest(world, name, i % 2 ? '2.0.0' : '1.1.0');
    world.repository.mergePullRequest(number);
    if (i < 4) await world.run(['reconcile', '--yes']);
  }
  const { serve, close } = createPages(() => world);
  const { page, end } = await visit(with_, await serve(), { colorScheme, viewport: screen });
  try {
    await page.locator('.model[data-row]').nth(999).waitFor({ state: 'attached' });
    await page.locator('.story').nth(5).waitFor();
    await page.selectOption('#environment', 'prod');
    await page.locator('[data-row="prod/model-005"] button.name').click();
    await page.locator('[data-row="prod/model-005"] .inside table').waitFor();
    await shoot(page, 'many-models');
  } finally {
    await end();
    await close();
    await world.close();
  }
}

/** Resolves with its number. */
function openRequest(
  { repository }: Awaited<ReturnType<typeof createCliWorld>>,
  name: string,
  version: string,
): number {
  const branch = `${name}-${version}`;
  repository.commit({
    branch,
    files: { [pathOf(name)]: config(name, version) },
    message: `Promote ${name} ${version}`,
  });
  return repository.openPullRequest({ title: `Promote ${name} ${version} to prod`, head: branch }).number;
}

/** One promotion, from the open request to the version that serves, as a GIF. */
async function film(with_: Browser, colorScheme: Scheme): Promise<void> {
  const opened = await openConsole();
  opened.system.cluster!.standIn.stepMs = stepMs;
  const { page, end } = await visit(with_, opened.console.url, { colorScheme, viewport: { width: 1280, height: 560 } });
  const frames = await mkdtemp(path.join(tmpdir(), 'film-'));
  const list: string[] = [];
  let isOver = false;
  const shoot = async () => {
    let last = performance.now();
    for (let i = 0; !isOver; i += 1) {
      const file = path.join(frames, `${String(i).padStart(4, '0')}.png`);
      await page.screenshot({ path: file });
      const now = performance.now();
      if (i > 0) list.push(`duration ${((now - last) / 1000).toFixed(3)}`);
      list.push(`file '${file}'`);
      last = now;
    }
  };
  try {
    const shooting = shoot();
    await page.waitForTimeout(rest);
    await page.getByRole('button', { name: 'Merge #1' }).hover();
    await page.waitForTimeout(rest / 2);
    await press(page, 'Merge #1');
    await page.mouse.move(0, 0);
    await labelled(page, 'jukebox', '1.1.0');
    await phase(page, 'jukebox', 'verified');
    await page.waitForTimeout(2 * rest);
    isOver = true;
    await shooting;
    const index = path.join(frames, 'list.txt');
    await writeFile(index, `${list.join('\n')}\nduration 1\n`);
    // A palette of its own for all frames, and only what changes from frame to frame.
    const filter = `fps=8,scale=${filmWidth}:-1:flags=lanczos,split[a][b];[a]palettegen=stats_mode=diff:max_colors=96[p];[b][p]paletteuse=dither=none:diff_mode=rectangle`;
    const target = path.join(docs, `promotion-${colorScheme}.gif`);
    execFileSync('ffmpeg', [
      '-y',
      '-loglevel',
      'error',
      '-f',
      'concat',
      '-safe',
      '0',
      '-i',
      index,
      '-filter_complex',
      filter,
      target,
    ]);
  } finally {
    await end();
    await opened.close();
    await rm(frames, { recursive: true });
  }
}
