/**
 * YAML bodies. Checked on the flat event stream, before any value is built: nesting, and what aliases expand to (ten
 * lines of aliases can stand for gigabytes). Scalars mean what they mean to kubectl: `yes` and `on` are booleans, `0644`
 * is octal, dates are text.
 */
import {
  boolYaml11Tag,
  constructFromEvents,
  defineScalarTag,
  dump,
  EVENT_ID,
  FAILSAFE_SCHEMA,
  floatCoreTag,
  intCoreTag,
  mergeTag,
  NOT_RESOLVED,
  nullCoreTag,
  parseEvents,
  type Event,
} from 'js-yaml';
import type { Json } from '../../kubernetes/types.js';
import { ServiceError } from '../../service/errors.js';
import { countMembers, MAX_DEPTH } from './json.js';

/** Values that aliases may add to what is written out. */
const MAX_EXPANSION = 200_000;
const MAX_ALIASES = 1000;

const octalTag = defineScalarTag<number>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: ['0', '-', '+'],
  resolve: (source) => (/^[-+]?0[0-7]+$/.test(source) ? Number.parseInt(source, 8) : NOT_RESOLVED),
  identify: () => false,
});

const schema = FAILSAFE_SCHEMA.withTags(octalTag, intCoreTag, nullCoreTag, boolYaml11Tag, floatCoreTag, mergeTag);

const refuse = (reason: string): ServiceError => new ServiceError('invalid_body', `the body is not YAML: ${reason}`);

/** How many values the documents hold once aliases are written out; an anchor's size is known when it closes. */
function checkExpansion(text: string, events: readonly Event[]): void {
  const sizes = new Map<string, number>();
  const open: { anchor: string; size: number }[] = [];
  let added = 0;
  let aliases = 0;
  const grow = (size: number): void => {
    const top = open.at(-1);
    if (top) top.size += size;
  };
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) {
      sizes.clear();
      open.push({ anchor: '', size: 0 });
    } else if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) {
      open.push({ anchor: text.slice(event.anchorStart, event.anchorEnd), size: 1 });
    } else if (event.type === EVENT_ID.SCALAR) {
      grow(1);
      if (event.anchorEnd > event.anchorStart) sizes.set(text.slice(event.anchorStart, event.anchorEnd), 1);
    } else if (event.type === EVENT_ID.ALIAS) {
      const size = sizes.get(text.slice(event.anchorStart, event.anchorEnd));
      // an alias inside its own anchor would be a value without an end
      if (size === undefined) throw refuse('an alias names no finished anchor');
      added += size;
      aliases += 1;
      if (added > MAX_EXPANSION || aliases > MAX_ALIASES) throw refuse('its aliases expand to too much');
      grow(size);
    } else {
      const closed = open.pop();
      if (!closed) continue;
      if (closed.anchor !== '') sizes.set(closed.anchor, closed.size);
      grow(closed.size);
    }
  }
}

/**
 * All documents of the text; empty ones are left out.
 *
 * @throws ServiceError `invalid_body`, also for duplicate keys, nesting beyond 64 and aliases that expand to too much
 */
export function parseYaml(text: string): Json[] {
  let documents: Json[];
  try {
    const events = parseEvents(text, { maxDepth: MAX_DEPTH });
    checkExpansion(text, events);
    documents = constructFromEvents(events, { source: text, schema, maxAliases: MAX_ALIASES }) as Json[];
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw refuse((reason ?? '').slice(0, 200));
  }
  const present = documents.filter((document) => document !== null && document !== undefined);
  for (const document of present) countMembers(document);
  return present;
}

/** One YAML document, as kubectl prints one. */
export function printYaml(value: unknown): string {
  return dump(value, { lineWidth: -1, noRefs: true, seqNoIndent: true });
}
