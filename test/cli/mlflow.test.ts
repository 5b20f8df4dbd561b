// What the commands say of MLflow alone: of aliases, and of models that are no models to label.
import assert from 'node:assert/strict';
import { callJson } from '../../stand-ins/json-call.ts';
import { createMlflowStandIn, type MlflowStandIn } from '../../stand-ins/mlflow/index.ts';
import { type CliWorld, config, createCliWorld, pathOf } from './world.ts';

describe('post-deployment with MLflow', () => {
  let world: CliWorld;
  let mlflow: MlflowStandIn;
  beforeEach(async () => {
    world = await createCliWorld({ [pathOf('jukebox')]: config('jukebox', '1.1.0') });
    mlflow = await createMlflowStandIn();
    Object.assign(world.env, { MODEL_REGISTRY: 'mlflow', MODEL_REGISTRY_URL: mlflow.url });
  });
  afterEach(async () => {
    await Promise.all([world.close(), mlflow.close()]);
  });

  const alias = (method: 'POST' | 'DELETE', body: object) =>
    callJson({ api: `${mlflow.url}/api/2.0/mlflow` }, method, '/registered-models/alias', {
      name: 'jukebox',
      alias: 'prod',
      ...body,
    });
  const addJukebox = () =>
    mlflow.addModel({
      name: 'jukebox',
      versions: ['1.0.0', '1.1.0'].map((version) => ({ tags: { version } })),
    });

  it('status and reconcile say which version lacks an alias that somebody moved', async () => {
    addJukebox();
    await world.run(['reconcile', '--yes']);
    await alias('POST', { version: '1' });
    const status = await world.run(['status']);
    assert.equal(status.code, 3);
    assert.match(status.stdout, /prod\/jukebox: drift\. The alias prod is not on 1\.1\.0, which alone is to have it\./);
    const { stdout } = await world.run(['reconcile', '--yes']);
    assert.match(stdout, / {2}alias jukebox\n {4}\+ prod = 1\.1\.0\n/);
    assert.equal((await world.run(['status'])).code, 0);
  });

  it('status says why an alias is to go, and reconcile calls it no label', async () => {
    addJukebox();
    world.repository.commit({ files: { [pathOf('other')]: config('jukebox', '1.0.0') }, message: 'Two' });
    await world.run(['reconcile', '--yes']);
    await alias('POST', { version: '1' });
    const { stdout } = await world.run(['status']);
    assert.match(
      stdout,
      /A version has the alias prod, which is for the only one that Git deploys, and Git deploys 2\./,
    );
    const plan = await world.run(['reconcile', '--dry-run']);
    assert.match(plan.stdout, / {2}alias jukebox\n {4}- prod\n/);
  });

  it('status does not advise to try again what is left alone', async () => {
    mlflow.addModel({ name: 'main.sales.forecast', versions: [{ tags: { version: '1' } }] });
    world.repository.commit({ files: { [pathOf('forecast')]: config('main.sales.forecast', '1') }, message: 'Add' });
    const { code, stdout } = await world.run(['status']);
    assert.equal(code, 3);
    assert.match(
      stdout,
      /prod\/main\.sales\.forecast: blocked\. main\.sales\.forecast is a name of Unity Catalog [^\n]+\n +→ Nothing is done about it\./,
    );
  });

  it('doctor names the setting of a workspace that is not there', async () => {
    const { stdout } = await world.run(['doctor'], { env: { MLFLOW_WORKSPACE: 'nowhere' } });
    assert.match(
      stdout,
      /FEATURE_DISABLED; look at MLFLOW_WORKSPACE\.\n +→ Set MLFLOW_WORKSPACE to a workspace of this server/,
    );
  });
});
