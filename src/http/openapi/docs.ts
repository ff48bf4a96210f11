/** Swagger UI at /docs and the document at /openapi.json, from files of this package only. */
import type { INestApplication } from '@nestjs/common';
import { SwaggerModule } from '@nestjs/swagger';
import { createDocument } from './document.js';

export function serveDocs(nest: INestApplication): void {
  SwaggerModule.setup('docs', nest, () => createDocument(nest), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Stowage',
    // the badge would be fetched from elsewhere
    swaggerOptions: { validatorUrl: null, docExpansion: 'list', tryItOutEnabled: true },
  });
}
