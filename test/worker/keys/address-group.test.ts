import { it } from 'vitest';
import { addressGroup } from '../../../worker/src/keys/address-group.ts';

it('an IPv4 address counts alone, however it is written', ({ expect }) => {
  expect(addressGroup('192.0.2.1')).toBe('192.0.2.1');
  expect(addressGroup('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(addressGroup('192.0.2.2')).toBe('192.0.2.2');
});

it('the addresses of an IPv6 network of 64 bits count together', ({ expect }) => {
  const group = addressGroup('2001:db8:0:7::1');
  expect(group).not.toBeNull();
  expect(addressGroup('2001:DB8:0:7:ffff:ffff:ffff:ffff')).toBe(group);
  expect(addressGroup('2001:db8:0:8::1')).not.toBe(group);
});

it('what is unknown or no address is nobody', ({ expect }) => {
  for (const address of [null, '', 'x', '::::', '1.2.3']) expect(addressGroup(address)).toBeNull();
});
