import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { captureLogs, compileTestModule, type LogLine, ScriptedModel, TestClock, tinyService } from '@parley/testing';
import { AccountingClient } from '../accounting/accounting-client.js';
import { ModelCatalogue } from './model-catalogue.js';
import { ModelsModule, type ModelsSettings } from './models.module.js';

/** The prices beside the models are accounting's, and nobody asks for them here. */
const noAccounting = {
  module: class NoAccounting {},
  global: true,
  providers: [{ provide: AccountingClient, useValue: {} }],
  exports: [AccountingClient],
};

describe('ModelCatalogue', () => {
  let server: ScriptedModel;
  let clock: TestClock;
  let lines: LogLine[];
  let close: () => Promise<void>;

  beforeEach(async () => {
    server = await ScriptedModel.start();
    clock = new TestClock();
  });
  afterEach(async () => {
    await close();
    await server.stop();
  });

  async function catalogue(settings: ModelsSettings): Promise<ModelCatalogue> {
    const logs = captureLogs();
    lines = logs.lines;
    const imports = [ModelsModule.register(settings), noAccounting];
    const app = await compileTestModule(tinyService(logs.logger, [], { clock, imports }), logs.logger);
    close = () => app.close();
    return app.get(ModelCatalogue, { strict: false });
  }

  const ids = async (models: ModelCatalogue) => (await models.list()).map(({ id }) => id);
  const logged = () => lines.filter(({ provider }) => provider === 'openai').map(({ level, msg }) => [level, msg]);

  describe('without a model server', () => {
    it('has the offline model, and it is the default', async () => {
      const models = await catalogue({});
      expect(await ids(models)).toEqual(['parley-eliza']);
      expect((await models.defaultModel()).id).toBe('parley-eliza');
      expect((await models.find('parley-eliza'))?.provider.name).toBe('offline');
      expect(await models.find('other')).toBeUndefined();
    });
  });

  describe('with a model server', () => {
    it('prefers its first model', async () => {
      const models = await catalogue({ openai: { baseUrl: server.url } });
      expect(await ids(models)).toEqual(['scripted-1', 'parley-eliza']);
      expect((await models.defaultModel()).id).toBe('scripted-1');
      expect((await models.find('scripted-1'))?.provider.name).toBe('openai');
      expect(await models.find('other')).toBeUndefined();
    });

    it('asks nothing when the models are configured', async () => {
      server.down = true;
      const models = await catalogue({ openai: { baseUrl: server.url, models: ['mine'] } });
      expect((await models.find('mine'))?.model.id).toBe('mine');
      expect((await models.defaultModel()).id).toBe('mine');
      expect(await models.find('other')).toBeUndefined();
    });
  });

  describe('while the model server is away', () => {
    const unavailable = { kind: 'unavailable', code: 'models_unavailable' };

    beforeEach(() => {
      server.down = true;
    });

    it('lists the rest and says so once, and once when it is back', async () => {
      const models = await catalogue({ openai: { baseUrl: server.url } });
      expect(await ids(models)).toEqual(['parley-eliza']);
      clock.advance(5_000);
      await models.list();
      expect(logged()).toEqual([['warn', 'a model provider cannot be reached']]);
      server.down = false;
      clock.advance(5_000);
      expect(await ids(models)).toEqual(['scripted-1', 'parley-eliza']);
      expect(logged().slice(1)).toEqual([['info', 'a model provider is back']]);
    });

    it('does not know whether an unknown model exists', async () => {
      const models = await catalogue({ openai: { baseUrl: server.url } });
      await expect(models.find('scripted-1')).rejects.toMatchObject(unavailable);
    });

    it('finds the offline model without waiting for the server', async () => {
      const models = await catalogue({ openai: { baseUrl: server.url } });
      expect((await models.find('parley-eliza'))?.model.id).toBe('parley-eliza');
      expect(logged()).toEqual([]);
    });

    it('does not put another model in the place of the default one', async () => {
      const models = await catalogue({ openai: { baseUrl: server.url } });
      await expect(models.defaultModel()).rejects.toMatchObject(unavailable);
    });
  });
});
