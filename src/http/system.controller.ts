import { Controller, Get, Header, Redirect } from '@nestjs/common';
import { ServiceError } from '../service/errors.js';
import { Clusters } from '../service/clusters.js';
import { Endpoint } from './openapi/endpoint.js';
import { registry } from './metrics.js';
import { Shutdown } from './shutdown.js';

@Controller()
export class SystemController {
  constructor(
    private readonly clusters: Clusters,
    private readonly shutdown: Shutdown,
  ) {}

  @Get()
  @Endpoint({
    id: 'root',
    tag: 'system',
    summary: 'Leads a browser to the documentation',
    gives: ['text/html', 'application/json'],
    status: 302,
    aboutCluster: false,
  })
  @Redirect('/docs')
  root(): void {}

  @Get('healthz')
  @Endpoint({
    id: 'healthz',
    tag: 'system',
    summary: 'Alive',
    answer: 'Status',
    quiet: true,
    aboutCluster: false,
  })
  healthz(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Endpoint({
    id: 'readyz',
    tag: 'system',
    summary: 'Ready: the database answers, migrations are applied, models are current',
    answer: 'Status',
    quiet: true,
    aboutCluster: false,
    errors: ['overloaded', 'storage_unavailable', 'shutting_down'],
  })
  async readyz(): Promise<{ status: string }> {
    if (this.shutdown.stopping) throw new ServiceError('shutting_down', 'the service is stopping');
    await this.clusters.ready();
    return { status: 'ok' };
  }

  @Get('metrics')
  @Endpoint({
    id: 'metrics',
    tag: 'system',
    summary: 'Prometheus metrics',
    gives: ['text/plain'],
    quiet: true,
    aboutCluster: false,
  })
  @Header('Content-Type', registry.contentType)
  metrics(): Promise<string> {
    return registry.metrics();
  }
}
