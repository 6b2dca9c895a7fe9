import { describe, it } from 'vitest';
import { isAddressAllowed } from '../../../worker/src/keys/address-list.ts';

describe('a key with an address list', () => {
  it.for([
    [['192.0.2.1'], '192.0.2.1'],
    [['192.0.2.1', '10.0.0.0/8'], '10.255.255.255'],
    [['0.0.0.0/0'], '203.0.113.9'],
    [['2001:db8::/32'], '2001:db8:ffff::1'],
    [['2001:DB8::1'], '2001:db8:0:0:0:0:0:1'],
    [['::/0'], '2001:db8::1'],
    [['2001:db8::8/128'], '2001:db8::8'],
  ] as const)('%j allows %s', ([list, address], { expect }) => {
    expect(isAddressAllowed(list, address)).toBe(true);
  });

  it.for([
    [['192.0.2.1'], '192.0.2.2'],
    [['10.0.0.0/8'], '11.0.0.0'],
    [['2001:db8::/32'], '2001:db9::'],
    [['2001:db8::1'], '192.0.2.1'],
    [['0.0.0.0/0'], '2001:db8::1'],
    [['::/0'], '192.0.2.1'],
    [[], '192.0.2.1'],
  ] as const)('%j refuses %s', ([list, address], { expect }) => {
    expect(isAddressAllowed(list, address)).toBe(false);
  });

  it.for([
    [['192.0.2.0/24'], '::ffff:192.0.2.77'],
    [['192.0.2.0/24'], '::ffff:c000:24d'],
    [['::ffff:192.0.2.0/120'], '192.0.2.77'],
    [['::ffff:192.0.2.77'], '::FFFF:192.0.2.77'],
    [['::ffff:0:0/96'], '203.0.113.9'],
  ] as const)('takes IPv4 inside IPv6 for IPv4: %j allows %s', ([list, address], { expect }) => {
    expect(isAddressAllowed(list, address)).toBe(true);
  });

  it.for([
    [['192.0.2.0/24'], '::ffff:192.0.3.77'],
    [['::ffff:192.0.2.0/120'], '192.0.3.77'],
    [['::ffff:0:0/95'], '192.0.2.77'],
  ] as const)('takes IPv4 inside IPv6 for IPv4: %j refuses %s', ([list, address], { expect }) => {
    expect(isAddressAllowed(list, address)).toBe(false);
  });

  it('matches a network with host bits by its prefix', ({ expect }) => {
    expect(isAddressAllowed(['192.0.2.77/24'], '192.0.2.1')).toBe(true);
    expect(isAddressAllowed(['192.0.2.77/24'], '192.0.3.77')).toBe(false);
    expect(isAddressAllowed(['2001:db8::7/64'], '2001:db8::1')).toBe(true);
    expect(isAddressAllowed(['2001:db8::7/64'], '2001:db8:0:1::7')).toBe(false);
  });

  it('refuses an address that is not known', ({ expect }) => {
    expect(isAddressAllowed(['0.0.0.0/0', '::/0'], null)).toBe(false);
  });

  it.for([
    '',
    'x',
    '10',
    '10.1',
    '010.1.1.1',
    '0x0a010101',
    '10.1.1.1:80',
    '[::1]',
    'fe80::1%eth0',
    '1.2.3.4/32',
    '::::',
  ])('refuses %j, which is no address', (text, { expect }) => {
    expect(isAddressAllowed(['0.0.0.0/0', '::/0', text], text)).toBe(false);
  });

  it.for(['', '10', '10/8', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/8/8', '10.0.0.0/', '::/129', '::1%eth0', '/0'])(
    'whose entry is %j, which is no network, allows nobody by it',
    (text, { expect }) => {
      expect(isAddressAllowed([text], '10.0.0.0')).toBe(false);
      expect(isAddressAllowed([text], '::1')).toBe(false);
      expect(isAddressAllowed([text, '10.0.0.0'], '10.0.0.0')).toBe(true);
    },
  );

  it('answers the same however often it is asked', ({ expect }) => {
    const list = ['192.0.2.0/24', '2001:db8::/32'];
    for (let asked = 0; asked < 3; asked++) {
      expect(isAddressAllowed(list, '192.0.2.1')).toBe(true);
      expect(isAddressAllowed(list, '192.0.3.1')).toBe(false);
      expect(isAddressAllowed(list, '2001:db8::1')).toBe(true);
    }
  });
});

it('a key without an address list may be used from anywhere, also from an unknown address', ({ expect }) => {
  expect(isAddressAllowed(null, '192.0.2.1')).toBe(true);
  expect(isAddressAllowed(null, null)).toBe(true);
});
