/** The one assembly of the service: main starts it, tests start it. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino, type Logger } from 'pino';
import { AppModule } from './app.module.js';
import type { Config } from './config/config.js';
import { serveDocs } from './http/openapi/docs.js';
import { observeVerification } from './http/metrics.js';
import { ProblemFilter } from './http/problem.filter.js';
import { RouteTable } from './http/route-table.js';
import { createAdapter } from './http/server.js';
import { Shutdown } from './http/shutdown.js';
import { ImportThreads } from './service/import-threads.js';
import { ModelChecks } from './service/model-checks.js';
import { Operations } from './service/operations.js';
import { QuestionThreads } from './service/question-threads.js';
import { Reservations } from './service/reservations.js';
import { openStore } from './store/open-store.js';
import type { Store } from './store/store.js';

/** How late a reservation may expire. */
const SWEEP_MS = 500;

export interface App {
  readonly nest: NestFastifyApplication;
  readonly store: Store;
  readonly logger: Logger;
  readonly shutdown: Shutdown;
  /** Answers what is being asked, then lets go of everything. At most SHUTDOWN_TIMEOUT_MS plus closing the database. */
  close(): Promise<void>;
}

/**
 * Opens the store (migrations, models), builds the application. It listens when told to (`app.nest.listen`), or is
 * asked without a socket after `app.nest.init()`.
 *
 * @throws StoreError when the database does not answer
 */
export async function createApp(config: Config, store: Store = storeOf(config)): Promise<App> {
  const logger = pino({ level: config.logLevel });
  await store.open();
  const shutdown = new Shutdown();
  const threads = new QuestionThreads(store.address, config.questionThreads, (stack) =>
    logger.error({ stack }, 'a question thread failed'),
  );
  const routes = new RouteTable();
  const adapter = createAdapter(config, logger, shutdown, routes);
  const nest = await NestFactory.create<NestFastifyApplication>(
    AppModule.over(store, shutdown, threads, config),
    adapter,
    {
      abortOnError: false,
      bodyParser: false,
      logger: false,
    },
  );
  nest.useGlobalFilters(new ProblemFilter(routes));
  serveDocs(nest);
  const reservations = nest.get(Reservations);
  const sweeper = setInterval(() => {
    reservations
      .sweep()
      .catch((error: unknown) => logger.warn({ err: error }, 'expired reservations could not be ended'));
  }, SWEEP_MS);
  const checks = new ModelChecks(store, (cluster, result) => {
    observeVerification(result.equal);
    if (!result.equal) logger.error({ cluster, ...result }, 'the model is not what its rows make');
  });
  const verifier = setInterval(() => {
    checks.sample().catch((error: unknown) => logger.warn({ err: error }, 'a model could not be compared'));
  }, config.verifyIntervalMs);
  const close = async (): Promise<void> => {
    clearInterval(sweeper);
    clearInterval(verifier);
    await shutdown.drain(nest.getHttpServer(), config.shutdownTimeoutMs);
    nest.get(Operations).close();
    await threads.close();
    await nest.get(ImportThreads).close();
    await nest.close();
    await store.close();
  };
  return { nest, store, logger, shutdown, close };
}

function storeOf({ databaseUrl, changesKept, maintenanceIntervalMs }: Config): Store {
  return openStore(databaseUrl, { retention: { changes: changesKept }, maintenanceMs: maintenanceIntervalMs });
}
