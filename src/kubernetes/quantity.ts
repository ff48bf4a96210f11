/**
 * resource.Quantity (k8s.io/apimachinery/pkg/api/resource): exact decimal amounts such as `1500m`, `1.5Gi`, `2e3`.
 * SEMANTICS 1. No floating point is involved: amounts that are whole thousandths and fit a double exactly are kept as an
 * integer number of thousandths, all others as a bigint number of nanos (10^-9, the finest unit there is).
 */

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** A text is no quantity; `message` is upstream's, without field. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

const formatWrong = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const suffixWrong = "unable to parse quantity's suffix";
const numericWrong = 'unable to parse numeric part of quantity';

/** Suffix → power of ten. */
const decimalSuffixes: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);

/** Suffix → power of two. */
const binarySuffixes: ReadonlyMap<string, number> = new Map([
  ['Ki', 10],
  ['Mi', 20],
  ['Gi', 30],
  ['Ti', 40],
  ['Pi', 50],
  ['Ei', 60],
]);

const decimalSuffixOf = new Map([...decimalSuffixes].map(([suffix, exponent]) => [exponent, suffix]));
const binarySuffixNames = ['', ...binarySuffixes.keys()];

const nanosPerMilli = 1_000_000n;
const nanosPerUnit = 1_000_000_000n;
const maxInt64 = 2n ** 63n - 1n;
const maxInt64Nanos = maxInt64 * nanosPerUnit;

/**
 * Upstream computes with any exponent, at the price of the process for `1e999999999`. Numbers of more digits than this
 * (int64 has 19) are refused instead.
 */
const maxDigits = 4096;

/** Parsed texts: a cluster repeats a few hundred. Dropped whole when full, so that no input can make it grow. */
const cache = new Map<string, Quantity>();
const cacheLimit = 8192;
const cachedTextLimit = 32;

export class Quantity {
  static readonly zero = new Quantity(0, 0n, 'DecimalSI');

  /**
   * @param thousandths the amount in units of 10^-3, NaN when it is not whole or beyond 2^53
   * @param nanos the amount in units of 10^-9, meaningful only where `thousandths` is NaN
   */
  private constructor(
    private readonly thousandths: number,
    private readonly nanos: bigint,
    readonly format: QuantityFormat,
  ) {}

  /** @throws QuantityError with upstream's text */
  static parse(text: string): Quantity {
    const result = Quantity.tryParse(text);
    if (result instanceof QuantityError) throw result;
    return result;
  }

  /** As `parse`, but the error is returned: bad input is an expected value for readers. */
  static tryParse(text: string): Quantity | QuantityError {
    const known = cache.get(text);
    if (known) return known;
    const quantity = parseText(text);
    if (typeof quantity === 'string') return new QuantityError(quantity);
    if (text.length <= cachedTextLimit) {
      if (cache.size >= cacheLimit) cache.clear();
      cache.set(text, quantity);
    }
    return quantity;
  }

  /** `thousandths` × 10^-3, for an integer of any size within ±2^53. */
  static ofMilli(thousandths: number, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(thousandths, 0n, format);
  }

  /** `nanos` × 10^-9. */
  static ofNanos(nanos: bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
    if (nanos % nanosPerMilli === 0n) {
      const thousandths = Number(nanos / nanosPerMilli);
      if (Number.isSafeInteger(thousandths)) return new Quantity(thousandths, 0n, format);
    }
    return new Quantity(Number.NaN, nanos, format);
  }

  /** A whole number of units. */
  static ofValue(value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
    return Quantity.ofNanos(BigInt(value) * nanosPerUnit, format);
  }

  /** Whole units, rounded away from zero (upstream's Value; not cut off at int64). */
  value(): bigint {
    return this.isSmall() ? BigInt(this.wholeOfSmall()) : ceilAwayFromZero(this.nanos, nanosPerUnit);
  }

  /** Whole thousandths, rounded away from zero (upstream's MilliValue; not cut off at int64). */
  milliValue(): bigint {
    return this.isSmall() ? BigInt(this.thousandths) : ceilAwayFromZero(this.nanos, nanosPerMilli);
  }

  /** `value()` as a double: exact within ±2^53. */
  toNumber(): number {
    return this.isSmall() ? this.wholeOfSmall() : Number(this.value());
  }

  /** `milliValue()` as a double: exact within ±2^53. */
  milliNumber(): number {
    return this.isSmall() ? this.thousandths : Number(this.milliValue());
  }

  sign(): -1 | 0 | 1 {
    if (this.isSmall()) return this.thousandths > 0 ? 1 : this.thousandths < 0 ? -1 : 0;
    return this.nanos > 0n ? 1 : this.nanos < 0n ? -1 : 0;
  }

  isZero(): boolean {
    return this.thousandths === 0 || (!this.isSmall() && this.nanos === 0n);
  }

  /** Whether `value()`, or `milliValue()` if `milli`, is an int64: the API server's arithmetic wraps beyond. */
  fitsInt64(milli = false): boolean {
    if (this.isSmall()) return true;
    const amount = milli ? this.milliValue() : this.value();
    return amount <= maxInt64 && amount >= -maxInt64;
  }

  /** Whether it is a whole number of units. */
  isWhole(): boolean {
    // Exact for every integer, and a fifth of the price of `%` beyond 32 bits.
    if (this.isSmall()) return Math.floor(this.thousandths / 1000) * 1000 === this.thousandths;
    return this.nanos % nanosPerUnit === 0n;
  }

  /** Numeric order; the format plays no part. */
  cmp(other: Quantity): -1 | 0 | 1 {
    if (this.isSmall() && other.isSmall()) {
      return this.thousandths > other.thousandths ? 1 : this.thousandths < other.thousandths ? -1 : 0;
    }
    const [left, right] = [this.inNanos(), other.inNanos()];
    return left > right ? 1 : left < right ? -1 : 0;
  }

  equals(other: Quantity): boolean {
    return this.cmp(other) === 0;
  }

  /** The sum has the format of the left operand, of the right one when the left is zero. */
  add(other: Quantity): Quantity {
    const format = this.isZero() ? other.format : this.format;
    if (this.isSmall() && other.isSmall()) {
      const sum = this.thousandths + other.thousandths;
      if (Number.isSafeInteger(sum)) return new Quantity(sum, 0n, format);
    }
    return Quantity.ofNanos(this.inNanos() + other.inNanos(), format);
  }

  /** The difference has the format of the left operand, of the right one when the left is zero. */
  sub(other: Quantity): Quantity {
    const format = this.isZero() ? other.format : this.format;
    if (this.isSmall() && other.isSmall()) {
      const difference = this.thousandths - other.thousandths;
      if (Number.isSafeInteger(difference)) return new Quantity(difference, 0n, format);
    }
    return Quantity.ofNanos(this.inNanos() - other.inNanos(), format);
  }

  /** Rounded to whole thousandths away from zero, as every entry of a ResourceList is when the API server decodes it. */
  roundUpToMilli(): Quantity {
    return this.isSmall() || this.nanos % nanosPerMilli === 0n
      ? this
      : Quantity.ofNanos(ceilAwayFromZero(this.nanos, nanosPerMilli) * nanosPerMilli, this.format);
  }

  /** The same amount printed in another format. */
  withFormat(format: QuantityFormat): Quantity {
    return format === this.format ? this : new Quantity(this.thousandths, this.nanos, format);
  }

  /** The canonical form (SEMANTICS 1.3, rules 1 to 4): the value's own, never the text it was parsed from. */
  toString(): string {
    if (this.isZero()) return '0';
    if (this.format === 'BinarySI') {
      const whole = this.wholeUnits();
      if (whole !== null && (whole >= 1024n || whole <= -1024n)) return printBinary(whole);
      return this.printDecimal('DecimalSI');
    }
    return this.printDecimal(this.format);
  }

  toJSON(): string {
    return this.toString();
  }

  private isSmall(): boolean {
    // NaN is the only number that differs from itself; faster than Number.isNaN in the interpreter.
    return this.thousandths === this.thousandths;
  }

  private inNanos(): bigint {
    return this.isSmall() ? BigInt(this.thousandths) * nanosPerMilli : this.nanos;
  }

  private wholeOfSmall(): number {
    // `+ 0` turns -0 into 0.
    if (this.isWhole()) return this.thousandths / 1000 + 0;
    const rest = this.thousandths % 1000;
    return (this.thousandths - rest) / 1000 + (rest > 0 ? 1 : -1);
  }

  /** The amount in units, null when it is not whole. */
  private wholeUnits(): bigint | null {
    const nanos = this.inNanos();
    return nanos % nanosPerUnit === 0n ? nanos / nanosPerUnit : null;
  }

  private printDecimal(format: 'DecimalSI' | 'DecimalExponent'): string {
    const nanos = this.isSmall() ? BigInt(this.thousandths) * nanosPerMilli : this.nanos;
    const digits = nanos.toString();
    let zeros = 0;
    while (digits.charCodeAt(digits.length - 1 - zeros) === 48) zeros++;
    // The exponent is a multiple of three, and no suffix is greater than E: from there on the number grows.
    let exponent = Math.floor((zeros - 9) / 3) * 3;
    if (format === 'DecimalSI') exponent = Math.min(exponent, 18);
    const mantissa = digits.slice(0, digits.length - (exponent + 9));
    if (format === 'DecimalSI') return mantissa + (decimalSuffixOf.get(exponent) ?? '');
    return exponent === 0 ? mantissa : `${mantissa}e${exponent}`;
  }
}

/** A text that upstream reads as zero only because it has no digits (`Mi`, `+`, `.`, `e3`): worth a warning. */
export function isDigitless(text: string): boolean {
  return !/^[+-]?\.?[0-9]/.test(text);
}

function printBinary(whole: bigint): string {
  let suffix = 0;
  let rest = whole;
  while (suffix < binarySuffixNames.length - 1 && (rest & 1023n) === 0n) {
    rest >>= 10n;
    suffix++;
  }
  return rest.toString() + binarySuffixNames[suffix];
}

function ceilAwayFromZero(nanos: bigint, unit: bigint): bigint {
  const whole = nanos / unit;
  const rest = nanos - whole * unit;
  return rest === 0n ? whole : rest > 0n ? whole + 1n : whole - 1n;
}

/** The quantity, or the text of the error. */
function parseText(text: string): Quantity | string {
  const end = text.length;
  if (end === 0) return formatWrong;
  let position = 0;
  const negative = text.charCodeAt(0) === minus;
  if (negative || text.charCodeAt(0) === plus) position = 1;

  while (text.charCodeAt(position) === zero) position++;
  const wholeStart = position;
  while (isDigit(text.charCodeAt(position))) position++;
  const whole = text.slice(wholeStart, position);
  let fraction = '';
  if (text.charCodeAt(position) === dot) {
    const start = ++position;
    while (isDigit(text.charCodeAt(position))) position++;
    fraction = text.slice(start, position);
  }

  const suffixStart = position;
  while (position < end && 'eEinumkKMGTP'.includes(text.charAt(position))) position++;
  if (text.charCodeAt(position) === plus || text.charCodeAt(position) === minus) position++;
  while (isDigit(text.charCodeAt(position))) position++;
  if (position < end) return formatWrong;

  const suffix = text.slice(suffixStart);
  const binaryExponent = binarySuffixes.get(suffix);
  if (binaryExponent !== undefined) {
    // The digitless `Pi` and `Ei` miss upstream's fast path, whose lack of a check lets `Mi` be zero.
    if (binaryExponent >= 50 && isDigitless(text)) return numericWrong;
    return binaryQuantity(whole, fraction, binaryExponent, negative);
  }
  let format: QuantityFormat = 'DecimalSI';
  let exponent = decimalSuffixes.get(suffix);
  if (exponent === undefined) {
    if (!/^[eE][+-]?[0-9]+$/.test(suffix)) return suffixWrong;
    const written = BigInt(suffix.charAt(1) === '+' ? suffix.slice(2) : suffix.slice(1));
    if (BigInt.asIntN(64, written) !== written) return suffixWrong;
    exponent = Number(BigInt.asIntN(32, written));
    format = 'DecimalExponent';
  }
  if (exponent < -9 && isDigitless(text)) return numericWrong;
  return decimalQuantity(whole, fraction, exponent, negative, format);
}

function decimalQuantity(
  whole: string,
  fraction: string,
  exponent: number,
  negative: boolean,
  format: QuantityFormat,
): Quantity | string {
  const digits = whole + fraction;
  const scale = exponent - fraction.length;
  if (digits.length <= 15 && scale >= -3 && scale + digits.length <= 12) {
    // `digits` × 10^(scale+3) thousandths, an integer below 10^15.
    const thousandths = Number(digits) * powersOfTen[scale + 3]!;
    return Quantity.ofMilli(negative && thousandths !== 0 ? -thousandths : thousandths, format);
  }
  if (/^0*$/.test(digits)) return Quantity.ofMilli(0, format);
  if (digits.length > maxDigits || scale > maxDigits) return numericWrong;
  const shift = scale + 9;
  // Finer than a nano: rounded away from zero. Below, `digits` has fewer digits than are cut off: the result is one nano.
  const nanos =
    shift >= 0
      ? BigInt(digits) * 10n ** BigInt(shift)
      : -shift > digits.length
        ? 1n
        : ceilAwayFromZero(BigInt(digits), 10n ** BigInt(-shift));
  return Quantity.ofNanos(negative ? -nanos : nanos, format);
}

/** Greater than int64 is cut off there; below one unit the format becomes DecimalSI. */
function binaryQuantity(whole: string, fraction: string, exponent: number, negative: boolean): Quantity | string {
  if (fraction === '' && whole.length <= 3 && exponent <= 30) {
    const thousandths = Number(whole) * 2 ** exponent * 1000;
    if (Number.isSafeInteger(thousandths)) {
      return Quantity.ofMilli(negative && thousandths !== 0 ? -thousandths : thousandths, 'BinarySI');
    }
  }
  const digits = whole + fraction;
  if (digits.length > maxDigits) return numericWrong;
  const numerator = BigInt(digits) * (1n << BigInt(exponent)) * nanosPerUnit;
  let nanos = ceilAwayFromZero(numerator, 10n ** BigInt(fraction.length));
  if (nanos > maxInt64Nanos) nanos = maxInt64Nanos;
  const format = nanos > 0n && nanos < nanosPerUnit ? 'DecimalSI' : 'BinarySI';
  return Quantity.ofNanos(negative ? -nanos : nanos, format);
}

const powersOfTen = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

const zero = 48;
const plus = 43;
const minus = 45;
const dot = 46;

/** False for NaN, which `charCodeAt` gives beyond the end. */
function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
