// A whole system with its console, and a browser that looks at it. Whatever the page complains of, and whatever it asks of
// anybody but the console, is a fault of every test.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type Console, startConsole } from '../../local/console/index.ts';
import { openStage } from '../../local/opening.ts';
import { type System, type SystemOptions, startSystem } from '../../local/system.ts';
import { tool } from '../tool.ts';

export interface Opened {
  system: System;
  console: Console;
  /** Closes both. */
  close(): Promise<void>;
}

/** ms a step may take on a busy machine; no test is about time. */
const patience = 60_000;

/** With a cluster, the second model and two open pull requests, unless `bare`: without the latter two. */
export async function openConsole(options: SystemOptions = {}, bare = false): Promise<Opened> {
  const system = await startSystem({ cluster: { stepMs: 5 }, ...options });
  const opened = await startConsole(system);
  if (!bare) await openStage(system);
  await opened.viewer.settled();
  return {
    system,
    console: opened,
    async close() {
      await opened.close();
      await system.close();
    },
  };
}

export function openBrowser(executablePath: string): Promise<Browser> {
  const quiet = ['background-networking', 'component-update', 'sync', 'gpu', 'quic'].map((name) => `--disable-${name}`);
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--no-first-run', ...quiet] });
}

/** What the tests of a suite share; it is there when they run. */
export interface Stage {
  browser: Browser;
  opened: Opened;
}

/** Opens a browser and a console before the tests of the suite in which this stands, and closes both behind them. */
export function stageOf(...options: Parameters<typeof openConsole>): Stage {
  const stage = {} as Stage;
  before(async function () {
    stage.browser = await openBrowser(tool(this, 'CHROMIUM'));
    stage.opened = await openConsole(...options);
  });
  after(async () => {
    await stage.browser?.close();
    await stage.opened?.close();
  });
  return stage;
}

export interface Visit {
  page: Page;
  /** Throws when the page complained, or asked somebody else for something. */
  end(): Promise<void>;
}

/** `expected`: complaints that a test provokes. */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  expected: RegExp[] = [],
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const faults: string[] = [];
  const complain = (text: string) => {
    if (!expected.some((pattern) => pattern.test(text))) faults.push(text);
  };
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complain(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complain(`page error: ${error.stack}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) faults.push(`asked for ${request.url()}`);
  });
  await page.goto(url);
  await connected(page);
  return {
    page,
    async end() {
      await context.close();
      assert.deepEqual(faults, []);
    },
  };
}

/** Resolves when the page shows what there is. */
export async function connected(page: Page): Promise<void> {
  await page.locator('#connection.on').waitFor();
  await page.locator('#verdict:not([data-state=unknown])').waitFor();
}

/** Resolves when the page says so: same, rolling, differs, failed, unclear or unknown. */
export async function verdict(page: Page, state: string): Promise<void> {
  await page.locator(`#verdict[data-state=${state}]`).waitFor();
}

/** The row of a model. */
export function row(page: Page, model: string, environment = 'prod') {
  return page.locator(`[data-row="${environment}/${model}"]`);
}

/** Resolves when the page shows that this version alone holds the label. */
export async function labelled(page: Page, model: string, version: string): Promise<void> {
  await row(page, model)
    .locator('.in-registry b', { hasText: exactly(version) })
    .waitFor();
}

/** Resolves when the page shows that this version alone serves. */
export async function serves(page: Page, model: string, version: string): Promise<void> {
  await row(page, model)
    .locator('.in-cluster b', { hasText: exactly(version) })
    .waitFor();
}

const exactly = (text: string) => new RegExp(`^${text.replaceAll('.', '\\.')}$`);

/** Labels that the page shows on a version in the opened row, but for those of what serves, which come some moments later. */
export async function labels(page: Page, model: string, version: string): Promise<string[]> {
  const name = row(page, model).locator('button.name');
  if ((await name.getAttribute('aria-expanded')) === 'false') await name.click();
  const shown = row(page, model).locator(`tr[data-version="${model} ${version}"]`);
  await shown.waitFor();
  return shown.locator('.label:not(.serving)').allTextContents();
}

/** Resolves when the page shows that a rollout has come that far. */
export async function phase(page: Page, model: string, which: string): Promise<void> {
  await row(page, model).locator(`.in-cluster[data-phase=${which}]`).waitFor();
}

/** Presses a button, and opens before that what it is in: a menu, or the switches. */
export async function press(page: Page, name: string): Promise<void> {
  const button = page.getByRole('button', { name, exact: true });
  if ((await button.count()) === 0) {
    const hidden = page.getByRole('button', { name, exact: true, includeHidden: true });
    const menu = page.locator('details.menu:not([open])', { has: hidden });
    if ((await menu.count()) > 0) await menu.locator('summary').click();
    if ((await page.locator('#trouble[hidden]', { has: hidden }).count()) > 0) await page.locator('#hard').click();
  }
  await button.click();
}

/** Opens a pull request that promotes a version, by the page's form. Resolves with its number when it is shown. */
export async function request(page: Page, application: string, version: string, environment = 'prod'): Promise<number> {
  await press(page, `Promote another version of ${application} to ${environment}`);
  await page.getByLabel(/^New version/).fill(version);
  await press(page, 'Open pull request');
  const opened = page
    .locator('[data-pull]', { hasText: `Promote ${application} ${version} to ${environment}` })
    .first();
  return Number(await opened.getAttribute('data-pull'));
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds: rule, weight and the first place, a line each. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
    violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
  };
  return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]!.html} ${nodes[0]!.failureSummary}`);
}
