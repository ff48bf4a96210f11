/** The one Nest module: controllers, services, the store. */
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ChangesController } from './http/changes.controller.js';
import { ClustersController } from './http/clusters.controller.js';
import { ImportController } from './http/import.controller.js';
import { NodesController } from './http/nodes.controller.js';
import { ObjectsController } from './http/objects.controller.js';
import { PodsController } from './http/pods.controller.js';
import { QuestionsController } from './http/questions.controller.js';
import { ReservationsController } from './http/reservations.controller.js';
import { Shutdown } from './http/shutdown.js';
import { SystemController } from './http/system.controller.js';
import { Changes } from './service/changes.js';
import { ViewsController } from './http/views.controller.js';
import { Clusters } from './service/clusters.js';
import { Imports } from './service/import.js';
import { Objects } from './service/objects.js';
import { Questions } from './service/questions.js';
import { Reservations } from './service/reservations.js';
import { Snapshots } from './service/snapshot.js';
import type { Store } from './store/store.js';

const controllers = [
  SystemController,
  ClustersController,
  ImportController,
  NodesController,
  PodsController,
  ObjectsController,
  QuestionsController,
  ViewsController,
  ReservationsController,
  ChangesController,
];

@Module({})
export class AppModule {
  static over(store: Store, shutdown: Shutdown): DynamicModule {
    const clusters = new Clusters(store);
    const services = [
      clusters,
      new Imports(store),
      new Snapshots(store, clusters),
      new Objects(store, clusters),
      new Questions(store, clusters),
      new Reservations(store, clusters),
      new Changes(store, clusters),
    ];
    const providers: Provider[] = [shutdown, ...services].map((value) => ({
      provide: value.constructor,
      useValue: value,
    }));
    return { module: AppModule, controllers, providers };
  }
}
