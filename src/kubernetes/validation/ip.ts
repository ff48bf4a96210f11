/** IP addresses as API fields take them (`apimachinery/pkg/util/validation/ip.go`, StrictIPCIDRValidation of v1.36). */
import { isIPv6 } from 'node:net';

/** What is wrong with an address, in upstream's words; an empty list for a good one. */
export function ipFaults(text: string): readonly string[] {
  const octets = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text)?.slice(1);
  if (octets !== undefined && octets.every((octet) => Number(octet) <= 255)) {
    return octets.some((octet) => octet.length > 1 && octet.startsWith('0')) ? ['must not have leading 0s'] : [];
  }
  if (!isIPv6(text) || text.includes('%')) {
    return ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
  }
  return isMapped(text) ? ['must not be an IPv4-mapped IPv6 address'] : [];
}

/** `::ffff:0:0/96`, whatever its spelling. */
function isMapped(address: string): boolean {
  const dotted = /:([0-9.]+)$/.exec(address)?.[1];
  const groups = dotted?.includes('.') ? address.replace(dotted, '0:0') : address;
  const [head = '', tail] = groups.split('::');
  const parse = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const first = parse(head);
  const last = tail === undefined ? [] : parse(tail);
  const whole = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
  return whole.slice(0, 5).every((group) => group === 0) && whole[5] === 0xffff;
}
