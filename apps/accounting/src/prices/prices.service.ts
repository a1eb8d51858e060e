import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, isDuplicateKey, newId } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { LedgerErrors } from '../ledger/ledger.errors.js';
import type { CreatePrice } from './prices.dto.js';
import { PriceErrors } from './prices.errors.js';
import { priceCollection, type PriceVersionDocument, type PriceVersionRow } from './price-version.schema.js';

/** How often a new version is tried again when another writer took its number. */
const maxTries = 10;
const maxKnown = 1_000;

@Injectable()
export class PricesService {
  private readonly known = new Map<string, PriceVersionDocument>();

  constructor(
    @InjectModel(priceCollection.name) private readonly versions: Model<PriceVersionRow>,
    private readonly clock: Clock,
  ) {}

  /** The price in force. @throws DomainError `model_not_priced` */
  async current(model: string): Promise<PriceVersionDocument> {
    const price = await this.latest(model);
    if (!price) throw PriceErrors.notPriced(model);
    return price;
  }

  /** A version by its id, in force or not. Versions are never changed or removed, so one that was read is known for good. */
  async version(priceId: string, transaction?: ClientSession): Promise<PriceVersionRow> {
    const known = this.known.get(priceId);
    if (known) return known;
    const version = await this.versions
      .findOne({ _id: priceId }, null, transaction ? { session: transaction } : {})
      .orFail();
    if (this.known.size >= maxKnown) this.known.clear();
    this.known.set(priceId, version);
    return version;
  }

  /** The prices in force of the models after `afterModel`, in the order of their ids. */
  async list(afterModel: string, limit: number): Promise<PriceVersionRow[]> {
    const rows = await this.versions.aggregate<PriceVersionRow>([
      { $match: { model: { $gt: afterModel } } },
      { $sort: { model: 1, version: -1 } },
      { $group: { _id: '$model', latest: { $first: '$$ROOT' } } },
      { $sort: { _id: 1 } },
      { $limit: limit },
      { $replaceRoot: { newRoot: '$latest' } },
    ]);
    // An aggregation's longs arrive as plain numbers; hydrating makes them the bigints that the type promises.
    return rows.map((row) => this.versions.hydrate(row));
  }

  /** Puts a new version in force. @throws DomainError `ledger_busy` when others keep doing the same */
  async create(actor: string, model: string, price: CreatePrice): Promise<PriceVersionRow> {
    for (let tries = 0; tries < maxTries; tries++) {
      const version = ((await this.latest(model))?.version ?? 0) + 1;
      const row = this.toRow(actor, model, version, price);
      if (await this.insert(row)) return row;
    }
    throw LedgerErrors.busy();
  }

  /** Gives a model its first price; one that has a price keeps it. Several instances may do this at once. */
  async createFirst(actor: string, model: string, price: CreatePrice): Promise<void> {
    if (!(await this.latest(model))) await this.insert(this.toRow(actor, model, 1, price));
  }

  private latest(model: string): Promise<PriceVersionDocument | null> {
    return this.versions.findOne({ model }).sort({ version: -1 }).exec();
  }

  private async insert(row: PriceVersionRow): Promise<boolean> {
    try {
      await this.versions.insertMany([row]);
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  private toRow(actor: string, model: string, version: number, price: CreatePrice): PriceVersionRow {
    const input = BigInt(price.input_ucr_per_mtok);
    return {
      _id: newId('prc'),
      model,
      version,
      input_ucr_per_mtok: input,
      output_ucr_per_mtok: BigInt(price.output_ucr_per_mtok),
      cache_read_ucr_per_mtok: BigInt(price.cache_read_ucr_per_mtok ?? input),
      cache_write_ucr_per_mtok: BigInt(price.cache_write_ucr_per_mtok ?? input),
      per_call_ucr: BigInt(price.per_call_ucr),
      free: price.free,
      effective_at: this.clock.date(),
      created_by: actor,
    };
  }
}
