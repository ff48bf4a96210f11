import { Controller, Get, Header, Redirect } from '@nestjs/common';
import { ServiceError } from '../service/errors.js';
import { Clusters } from '../service/clusters.js';
import { Media } from './media.js';
import { registry } from './metrics.js';
import { Shutdown } from './shutdown.js';

@Controller()
export class SystemController {
  constructor(
    private readonly clusters: Clusters,
    private readonly shutdown: Shutdown,
  ) {}

  @Get()
  @Media({ gives: ['text/html', 'application/json'] })
  @Redirect('/docs', 302)
  root(): void {}

  @Get('healthz')
  @Media({ quiet: true })
  healthz(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Media({ quiet: true })
  async readyz(): Promise<{ status: string }> {
    if (this.shutdown.stopping) throw new ServiceError('shutting_down', 'the service is stopping');
    await this.clusters.ready();
    return { status: 'ok' };
  }

  @Get('metrics')
  @Media({ gives: ['text/plain'], quiet: true })
  @Header('Content-Type', registry.contentType)
  metrics(): Promise<string> {
    return registry.metrics();
  }
}
