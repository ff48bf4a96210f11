/** What `docker compose` would complain about only when it runs: the compose file and the Dockerfile against the tree. */
import { existsSync, readFileSync } from 'node:fs';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { describe, expect, it } from 'vitest';

interface Service {
  build?: string;
  image?: string;
  profiles?: string[];
  ports?: string[];
  volumes?: string[];
  environment?: Record<string, string>;
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

const compose = load(readFileSync('docker-compose.yml', 'utf8'), { schema: CORE_SCHEMA.withTags(mergeTag) }) as Compose;
const services = Object.entries(compose.services);
const dockerfile = readFileSync('Dockerfile', 'utf8').replaceAll('\\\n', ' ');

describe('docker-compose.yml', () => {
  it('has no member that the Compose specification does not know', () => {
    const top = Object.keys(compose).filter((key) => !key.startsWith('x-'));
    expect(top.toSorted()).toEqual(['services', 'volumes']);
    const known =
      'build image profiles ports volumes environment healthcheck depends_on restart stop_grace_period command';
    for (const [, service] of services) for (const key of Object.keys(service)) expect(known.split(' ')).toContain(key);
  });

  it.each(services)('%s waits for services that exist and say when they are healthy', (_name, service) => {
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      const needed = compose.services[name];
      expect(needed, name).toBeDefined();
      expect(['service_healthy', 'service_started']).toContain(condition);
      if (condition === 'service_healthy')
        expect(
          needed?.healthcheck !== undefined || (needed?.build !== undefined && dockerfile.includes('HEALTHCHECK')),
        ).toBe(true);
      // A service outside every profile cannot wait for one inside a profile.
      if (service.profiles === undefined) expect(needed?.profiles).toBeUndefined();
    }
  });

  it.each(services)('%s mounts what is there', (_name, service) => {
    for (const volume of service.volumes ?? []) {
      const source = volume.split(':')[0] ?? '';
      if (source.startsWith('.')) expect(existsSync(source), source).toBe(true);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  it.each(services)('%s publishes on the loopback address only', (_name, service) => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('keeps the database in a volume', () => {
    expect(compose.services['postgres']?.volumes).toEqual([expect.stringMatching(/^postgres-data:/)]);
  });

  it('names three replicas in the proxy', () => {
    const upstream = [...readFileSync('docker/nginx.conf', 'utf8').matchAll(/server (replica-\d):3000/g)].map(
      (m) => m[1],
    );
    const replicas = services.map(([name]) => name).filter((name) => name.startsWith('replica-'));
    expect(upstream).toEqual(replicas);
    expect(replicas).toHaveLength(3);
  });
});

describe('Dockerfile', () => {
  it('copies what is there and what .dockerignore lets through', () => {
    const allowed = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
      (match[1] ?? '').split(' '),
    );
    expect(copied.length).toBeGreaterThan(0);
    for (const source of copied) {
      expect(existsSync(source), source).toBe(true);
      expect(allowed).toContain(source.replace(/^\.\//, ''));
    }
  });

  it('runs as an ordinary user, checks its health and receives signals itself', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^HEALTHCHECK /m);
    expect(last).toMatch(/^CMD \["node", .*"dist\/service\/main\.js"\]$/m);
  });
});
