import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../access/access-rule.js';
import { Metrics } from './metrics.js';

@Public()
@ApiTags('health')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({ summary: 'Measurements in the Prometheus text format' })
  @ApiOkResponse({ description: 'text/plain' })
  read(): Promise<string> {
    return this.metrics.text();
  }
}
