/**
 * Amounts in answers. The engine counts cpu in millicores and everything else in base units (SEMANTICS 2.8); answers
 * say them as Kubernetes would print them, or as those integers (`?quantities=integer`).
 */
import type { Quantity } from '../kubernetes/quantity.js';
import type { ResourceList } from '../kubernetes/types.js';

export type QuantityFormat = 'string' | 'integer';

/** Resource name → amount, names in the order given by the caller. */
export type Amounts = Readonly<Record<string, string | number>>;

const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
const DECIMAL_SUFFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;

/** Bytes are printed with binary suffixes, everything else with decimal ones. */
function isBytes(resource: string): boolean {
  return (
    resource === 'memory' ||
    resource === 'ephemeral-storage' ||
    resource === 'storage' ||
    resource.startsWith('hugepages-')
  );
}

function decimal(value: number): string {
  let suffix = 0;
  let rest = value;
  while (rest !== 0 && rest % 1000 === 0 && suffix < DECIMAL_SUFFIXES.length - 1) {
    rest /= 1000;
    suffix++;
  }
  return `${rest}${DECIMAL_SUFFIXES[suffix]}`;
}

/** The canonical text of an amount in the engine's units: `350` cpu → `350m`, `1073741824` memory → `1Gi`. */
export function amountText(resource: string, value: number): string {
  if (resource === 'cpu') return value % 1000 === 0 ? decimal(value / 1000) : `${value}m`;
  if (!isBytes(resource) || Math.abs(value) < 1024) return decimal(value);
  let suffix = 0;
  let rest = value;
  while (rest % 1024 === 0 && suffix < BINARY_SUFFIXES.length - 1) {
    rest /= 1024;
    suffix++;
  }
  return `${rest}${BINARY_SUFFIXES[suffix]}`;
}

/** An amount in the engine's units, in the asked format. */
export function amount(resource: string, value: number, format: QuantityFormat): string | number {
  return format === 'integer' ? value : amountText(resource, value);
}

export function quantity(resource: string, value: Quantity, format: QuantityFormat): string | number {
  if (format === 'string') return value.toString();
  return Number(resource === 'cpu' ? value.milliValue() : value.value());
}

/**
 * A resource list in an answer, names sorted bytewise: manifests of one meaning give one answer. `__proto__` is a legal
 * resource name of a hostile manifest, hence `fromEntries`.
 */
export function quantities(list: ResourceList, format: QuantityFormat): Amounts {
  if (list.size === 0) return {};
  return Object.fromEntries(
    [...list.keys()].sort(bytewise).map((name) => [name, quantity(name, list.get(name)!, format)]),
  );
}

/** UTF-16 order equals bytewise order for the names Kubernetes allows. */
export function bytewise(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
