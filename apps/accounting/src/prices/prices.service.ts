import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, isDuplicateKey, newId } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { TransactionErrors } from '../transactions/transactions.errors.js';
import { priceCollection, type PriceVersionRecord } from './price-version.schema.js';
import type { CreatePrice } from './prices.dto.js';
import { PriceErrors } from './prices.errors.js';

/** How often a new version is tried again when another writer took its number. */
const maxTries = 10;
const maxKnown = 1_000;

@Injectable()
export class PricesService {
  private readonly known = new Map<string, PriceVersionRecord>();

  constructor(
    @InjectModel(priceCollection.name) private readonly versions: Model<PriceVersionRecord>,
    private readonly clock: Clock,
  ) {}

  /** The price in force. @throws DomainError `model_not_priced` */
  async current(model: string): Promise<PriceVersionRecord> {
    const price = await this.latest(model);
    if (!price) throw PriceErrors.notPriced(model);
    return price;
  }

  /** A version by its id, in force or not. Versions are never changed or removed, so one that was read is known for good. */
  async version(priceId: string, transaction?: ClientSession): Promise<PriceVersionRecord> {
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
  async list(afterModel: string, limit: number): Promise<PriceVersionRecord[]> {
    const records = await this.versions.aggregate<PriceVersionRecord>([
      { $match: { model: { $gt: afterModel } } },
      { $sort: { model: 1, version: -1 } },
      { $group: { _id: '$model', latest: { $first: '$$ROOT' } } },
      { $sort: { _id: 1 } },
      { $limit: limit },
      { $replaceRoot: { newRoot: '$latest' } },
    ]);
    // An aggregation's longs arrive as plain numbers; hydrating makes them the bigints that the type promises.
    return records.map((record) => this.versions.hydrate(record));
  }

  /** Puts a new version in force. @throws DomainError `ledger_busy` when others keep doing the same */
  async create(actor: string, model: string, price: CreatePrice): Promise<PriceVersionRecord> {
    for (let tries = 0; tries < maxTries; tries++) {
      const version = ((await this.latest(model))?.version ?? 0) + 1;
      const record = this.toRecord(actor, model, version, price);
      if (await this.insert(record)) return record;
    }
    throw TransactionErrors.busy();
  }

  /** Gives a model its first price; one that has a price keeps it. Several instances may do this at once. */
  async createFirst(actor: string, model: string, price: CreatePrice): Promise<void> {
    if (!(await this.latest(model))) await this.insert(this.toRecord(actor, model, 1, price));
  }

  private latest(model: string): Promise<PriceVersionRecord | null> {
    return this.versions.findOne({ model }).sort({ version: -1 }).exec();
  }

  private async insert(record: PriceVersionRecord): Promise<boolean> {
    try {
      await this.versions.insertMany([record]);
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  private toRecord(actor: string, model: string, version: number, price: CreatePrice): PriceVersionRecord {
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
