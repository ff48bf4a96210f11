/** The same framework with nothing in it: what a request costs before the service does anything. */
import 'reflect-metadata';
import { Body, Controller, Get, HttpCode, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

@Controller()
class BareController {
  @Get()
  empty(): { ok: boolean } {
    return { ok: true };
  }

  /** Parses the body and answers a constant. */
  @Post('parse')
  @HttpCode(200)
  parse(@Body() body: object): { ok: boolean } {
    return { ok: typeof body === 'object' };
  }
}

@Module({ controllers: [BareController] })
class BareModule {}

const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(), { logger: false });
await app.listen(Number(process.env['PORT']), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
