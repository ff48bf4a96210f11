/** The one Nest module: controllers, services, the store. */
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ClustersController } from './http/clusters.controller.js';
import { SystemController } from './http/system.controller.js';
import { Shutdown } from './http/shutdown.js';
import { Clusters } from './service/clusters.js';
import type { Store } from './store/store.js';

const controllers = [SystemController, ClustersController];

/** Each takes the store and nothing else. */
const services = [Clusters];

@Module({})
export class AppModule {
  static over(store: Store, shutdown: Shutdown): DynamicModule {
    const providers: Provider[] = [
      { provide: Shutdown, useValue: shutdown },
      ...services.map((Service) => ({ provide: Service, useFactory: () => new Service(store) })),
    ];
    return { module: AppModule, controllers, providers };
  }
}
