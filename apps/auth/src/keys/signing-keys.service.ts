import type { KeyObject } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, isDuplicateKey } from '@parley/platform';
import type { Model } from 'mongoose';
import { KeyPairs, type LoadedKey } from './key-pairs.js';
import { type KeyState, SIGNING_KEYS, type SigningKey } from './signing-key.schema.js';

/** How long an access token lives, in seconds; no other token that is signed lives longer. */
export const LONGEST_TOKEN_LIFE_SECONDS = Symbol('LongestTokenLifeSeconds');

/** How far apart the clocks of two machines may be. */
export const skewMs = 5_000;

/** The key that tokens are signed with. */
export type CurrentKey = LoadedKey & { privateKey: KeyObject };

/**
 * The key pairs of this installation. The first two are made at the first start and stored encrypted; when several instances
 * start at once, one makes them and the others use those.
 */
@Injectable()
export class SigningKeysService implements OnModuleInit {
  private loaded = new Map<string, LoadedKey>();
  private loadedAt = Number.NEGATIVE_INFINITY;

  constructor(
    @InjectModel(SIGNING_KEYS) private readonly keys: Model<SigningKey>,
    @Inject(LONGEST_TOKEN_LIFE_SECONDS) private readonly lifeSeconds: number,
    private readonly pairs: KeyPairs,
    private readonly clock: Clock,
  ) {}

  /** @throws ConfigError when AUTH_KEK is not the one under which the stored keys were encrypted */
  async onModuleInit(): Promise<void> {
    await this.keys.init();
    // A key from before this was recorded may have signed what lives as long as is possible at all.
    await this.keys.updateMany({ longest_life_seconds: { $exists: false } }, { longest_life_seconds: 86_400 });
    // Whatever these sign from now on lives so long, and what they have signed before may live longer.
    await this.keys.updateMany(
      { state: { $in: ['current', 'standby'] as const } },
      { $max: { longest_life_seconds: this.lifeSeconds } },
    );
    for (const state of ['current', 'standby'] as const) await this.require(state);
    await this.reload();
  }

  get current(): CurrentKey {
    const key = [...this.loaded.values()].find(({ state }) => state === 'current');
    if (!key?.privateKey) throw new Error('Signing keys are used before they are loaded.');
    return key as CurrentKey;
  }

  /** The longest time for which a token may be good that was issued before now, in milliseconds. */
  get longestLifeMs(): number {
    const lives = [...this.loaded.values()].filter(({ state }) => state !== 'revoked');
    return Math.max(this.lifeSeconds, ...lives.map(({ longestLifeSeconds }) => longestLifeSeconds)) * 1000 + skewMs;
  }

  find(kid: string): LoadedKey | undefined {
    return this.loaded.get(kid);
  }

  /** Those with which tokens are or will be checked. */
  published(): LoadedKey[] {
    const now = this.clock.now();
    return [...this.loaded.values()].filter(({ state, retireAt }) => state !== 'revoked' && retireAt > now);
  }

  revokedKids(): string[] {
    return [...this.loaded.values()].filter(({ state }) => state === 'revoked').map(({ kid }) => kid);
  }

  /** Reads the keys again, because another instance may have changed them. @param notWithinMs unless that was just done */
  async reload(notWithinMs = 0): Promise<void> {
    if (notWithinMs > 0 && this.clock.now() - this.loadedAt < notWithinMs) return;
    const stored = await this.keys.find().sort({ created_at: 1, _id: 1 }).lean<SigningKey[]>();
    this.loaded = new Map(stored.map((key) => [key._id, this.pairs.open(key)]));
    this.loadedAt = this.clock.now();
  }

  /** Makes the key of that state if there is none; of several instances one does. */
  async require(state: KeyState & ('standby' | 'current')): Promise<void> {
    if (await this.keys.exists({ state })) return;
    try {
      await this.keys.create([this.pairs.make(state, this.clock.date(), this.lifeSeconds)]);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }
}
