// IEEE 754 half precision, for the scale of a quantised block. Positive normal numbers only: a scale is never anything else.

/** Smallest and largest positive normal half. */
const MIN_NORMAL = 2 ** -14;
const MAX_NORMAL = 65_504;
const MANTISSA_STEPS = 1024;
const EXPONENT_BIAS = 15;

/** The 16 bits of `value`, rounded to nearest. Throws a RangeError outside of the normal halves. */
export function encodeHalfFloat(value: number): number {
  if (!(value >= MIN_NORMAL && value <= MAX_NORMAL)) throw new RangeError(`${value} is no positive normal half float`);
  const exponent = Math.floor(Math.log2(value));
  const mantissa = Math.round((value / 2 ** exponent - 1) * MANTISSA_STEPS);
  // A mantissa that rounds up to 1024 carries into the exponent, which is what the addition does.
  return ((exponent + EXPONENT_BIAS) << 10) + mantissa;
}
