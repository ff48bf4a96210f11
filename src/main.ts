import type { AddressInfo } from 'node:net';
import { createApp } from './app.js';
import { ConfigError, readConfig } from './config/config.js';

/** After the requests in flight: how long letting go of the database may take. What was acknowledged is safe without it. */
const CLOSING_MS = 400;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const app = await createApp(config);
  await app.nest.listen(config.port, config.host);
  const { address, port, family } = app.nest.getHttpServer().address() as AddressInfo;
  process.stdout.write(`Stowage listens on http://${family === 'IPv6' ? `[${address}]` : address}:${port}\n`);

  const stop = (signal: string): void => {
    app.logger.info({ signal }, 'stopping');
    setTimeout(() => process.exit(0), config.shutdownTimeoutMs + CLOSING_MS);
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        app.logger.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

try {
  await main();
} catch (error) {
  const sentences = error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${sentences}\n`);
  process.exit(1);
}
