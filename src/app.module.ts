/** The one Nest module: controllers, services, the store. */
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { Config } from './config/config.js';
import { ChangesController } from './http/changes.controller.js';
import { ClustersController } from './http/clusters.controller.js';
import { ImportController } from './http/import.controller.js';
import { NodesController } from './http/nodes.controller.js';
import { ObjectsController } from './http/objects.controller.js';
import { OperationsController } from './http/operations.controller.js';
import { PodsController } from './http/pods.controller.js';
import { QuestionsController } from './http/questions.controller.js';
import { ReservationsController } from './http/reservations.controller.js';
import { Shutdown } from './http/shutdown.js';
import { SystemController } from './http/system.controller.js';
import { Changes } from './service/changes.js';
import { ViewsController } from './http/views.controller.js';
import { Clusters } from './service/clusters.js';
import { Imports } from './service/import.js';
import { ImportThreads } from './service/import-threads.js';
import { LongQuestions } from './service/long-questions.js';
import { Objects } from './service/objects.js';
import { Operations } from './service/operations.js';
import type { QuestionThreads } from './service/question-threads.js';
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
  OperationsController,
  ViewsController,
  ReservationsController,
  ChangesController,
];

@Module({})
export class AppModule {
  static over(store: Store, shutdown: Shutdown, threads: QuestionThreads, config: Config): DynamicModule {
    const clusters = new Clusters(store);
    const questions = new Questions(store, clusters);
    const operations = new Operations();
    const importThreads = new ImportThreads(config.maxObjectBytes);
    const services = [
      clusters,
      importThreads,
      new Imports(store, importThreads),
      new Snapshots(store, clusters),
      new Objects(store, clusters),
      questions,
      operations,
      new LongQuestions(clusters, questions, threads, operations, config.questionTimeoutMs),
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
