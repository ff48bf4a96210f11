/**
 * Imports go down only: http → service → planning → scheduler → kubernetes, and service → store.
 * The layers and why they stand where they stand: docs/architecture.md.
 */
const layer = (name, from, to) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: '\\.test\\.ts$' },
  to: { path: to },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    layer('kubernetes-imports-nothing', '^src/kubernetes', '^(src/(?!kubernetes)|migrations)'),
    layer('scheduler-on-kubernetes-only', '^src/scheduler', '^(src/(?!kubernetes|scheduler)|migrations)'),
    layer('planning-below-service', '^src/planning', '^(src/(?!kubernetes|scheduler|planning)|migrations)'),
    layer('store-knows-no-use-case', '^src/store', '^src/(service|http|planning|worker)'),
    layer('service-knows-no-http', '^src/service', '^src/http'),
    layer(
      'pure-layers-know-no-framework',
      '^src/(kubernetes|scheduler|planning)',
      'node_modules/(@nestjs|typeorm|fastify|class-validator|better-sqlite3|pg)',
    ),
    layer('typeorm-in-store-only', '^src/(?!store|app\\.module)', 'node_modules/typeorm'),
    layer(
      'nest-http-in-http-only',
      '^src/(service|store)',
      'node_modules/(fastify|@nestjs/platform-fastify|@nestjs/swagger)',
    ),
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: ['\\.d\\.ts$', '^src/main\\.ts$', '^src/worker/', '\\.test\\.ts$', '^test/', '\\.config\\.'],
      },
      to: {},
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^dist|^data)' },
  },
};
