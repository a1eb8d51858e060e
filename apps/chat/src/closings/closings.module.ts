import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { PeriodicJobs } from '@parley/platform';
import { StreamsModule } from '../streams/streams.module.js';
import { BooksComparisonService } from './books-comparison.service.js';
import { ClosingStore } from './closing-store.js';
import { ClosingsService } from './closings.service.js';

const closeEveryMs = 2_000;
const closingBatch = 100;
const compareEveryMs = 10_000;
const comparisonBatch = 500;

/** How holds end: accounting is told until it answers, and its books are compared with ours afterwards. */
@Module({
  imports: [StreamsModule],
  providers: [ClosingStore, ClosingsService, BooksComparisonService],
  exports: [ClosingsService],
})
export class ClosingsModule implements OnApplicationBootstrap {
  constructor(
    private readonly jobs: PeriodicJobs,
    private readonly closings: ClosingsService,
    private readonly comparison: BooksComparisonService,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.everyAndNow(closeEveryMs, 'closing', (stop) => this.closings.closeDue(closingBatch, stop));
    this.jobs.everyAndNow(compareEveryMs, 'comparison', (stop) => this.comparison.compareDue(comparisonBatch, stop));
  }
}
