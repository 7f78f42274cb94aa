// exp, log and their kin on vectors, at most 5 units in the last place from the exact value (measured by native/test).
// The polynomials are weighted minimax fits (Lawson's iteration) made for these intervals. Argument reduction splits
// ln 2 in two parts of which the first has 9 bits (Cody and Waite), so it is exact with and without fused multiply-add.
// NaN propagates through every function; results below the normal range flush to zero.
#pragma once
#include "wide.h"

namespace lstm_native {
namespace KERNEL_NS {

constexpr float kLog2e = 1.44269504088896341f;
constexpr float kLn2High = 0.693359375f;
constexpr float kLn2Low = -2.12194440e-4f;
constexpr float kRoundMagic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to the nearest integer
constexpr float kInfinity = __builtin_inff();

#define LIFTED(f) [](auto... x) __attribute__((always_inline)) { return f(x...); }

// x = n ln 2 + r with |r| <= ln2 / 2. Returns e^r - 1, and n added to kRoundMagic; |x| must stay below 2^21.
template <class W>
KERNEL_INLINE W expm1_reduced(W x, W* shifted) {
  *shifted = x * kLog2e + kRoundMagic;
  const W whole = *shifted - kRoundMagic;
  W r = x - whole * kLn2High;
  r = r - whole * kLn2Low;
  W q = r * 1.388252018e-03f + 8.366527218e-03f;
  q = q * r + 4.166720007e-02f;
  q = q * r + 1.666654357e-01f;
  q = q * r + 4.999999815e-01f;
  return (r * r) * q + r;
}

KERNEL_INLINE vi integer_of(vf shifted) { return float_to_bits(shifted) - splat_int(0x4b400000); }
// 2^n for -127 <= n <= 127 (2^-127 comes out as zero).
KERNEL_INLINE vf power_of_two(vi n) { return bits_to_float((n + 127) << 23); }
KERNEL_INLINE vf power_of(vf shifted) { return power_of_two(integer_of(shifted)); }

KERNEL_INLINE vf exp_vector(vf x) {
  const vf bounded = at_least(splat(-104.0f), at_most(splat(89.0f), x));
  vf shifted;
  const vf p = expm1_reduced(bounded, &shifted) + 1.0f;
  const vi n = integer_of(shifted);
  const vi half = n >> 1;  // two factors: 2^128 and the smallest normals are out of reach of one
  return (p * power_of_two(half)) * power_of_two(n - half);
}

KERNEL_INLINE vf cut_exponent(vf x) { return at_least(splat(-87.0f), at_most(splat(88.0f), x)); }

// e^x where the result stays between 2^-126 and 2^127: |x| is cut at 87.
template <class W>
KERNEL_INLINE W exp_bounded(W x) {
  W shifted;
  const W p = expm1_reduced(lift(LIFTED(cut_exponent), x), &shifted);
  const W scale = lift(LIFTED(power_of), shifted);
  return p * scale + scale;
}

// 1 / b for 1 <= b < 2^127. A division of 512 bits blocks its unit for a dozen cycles: an estimate to 14 bits and one step of
// Newton are faster and lose about one unit in the last place. No small terms: they would be flushed.
KERNEL_INLINE vf reciprocal(vf b) {
#if defined(__AVX512F__)
  const vf r = (vf)_mm512_rcp14_ps((__m512)b);
  return r * (2.0f - b * r);
#else
  return 1.0f / b;
#endif
}

// a / b for finite a and such a b.
KERNEL_INLINE vf quotient(vf a, vf b) {
#if defined(__AVX512F__)
  return a * reciprocal(b);
#else
  return a / b;
#endif
}

template <class W>
KERNEL_INLINE W sigmoid_vector(W x) {
  return lift(LIFTED(reciprocal), 1.0f + exp_bounded(0.0f - x));
}

KERNEL_INLINE vf copy_sign(vf magnitude, vf sign) {
  return bits_to_float((float_to_bits(magnitude) & 0x7fffffff) | (float_to_bits(sign) & splat_int(-0x7fffffff - 1)));
}
KERNEL_INLINE vf abs_vector(vf x) { return bits_to_float(float_to_bits(x) & 0x7fffffff); }

KERNEL_INLINE vf twice_bounded(vf x) { return at_most(splat(18.2f), abs_vector(x) * 2.0f); }

// tanh(|x|) = m / (m + 2) with m = e^(2|x|) - 1; beyond 9.1 it is 1 in float.
template <class W>
KERNEL_INLINE W tanh_vector(W x) {
  W shifted;
  const W p = expm1_reduced(lift(LIFTED(twice_bounded), x), &shifted);
  const W scale = lift(LIFTED(power_of), shifted);
  const W m = p * scale + (scale - 1.0f);
  return lift(LIFTED(copy_sign), lift(LIFTED(quotient), m, m + 2.0f), x);
}

KERNEL_INLINE vf expm1_vector(vf x) {
  const vf bounded = at_least(splat(-30.0f), at_most(splat(89.0f), x));
  vf shifted;
  const vf p = expm1_reduced(bounded, &shifted);
  const vi n = integer_of(shifted);
  // 2^n (p + 1) - 1, with the factor halved so that n = 128 is in reach.
  const vf half = power_of_two(n - 1);
  const vf result = (p * half + (half - 0.5f)) * 2.0f;
  return abs_vector(x) < 1e-7f ? x : result;  // half of these would be flushed
}

KERNEL_INLINE vf log_vector(vf x) {
  vi bits = float_to_bits(x);
  // Denormals count as zero. The exponent is taken so that the mantissa lies in [sqrt(1/2), sqrt(2)).
  const vi shifted = (vi)((vu)bits - (vu)splat_int(0x3f3504f3));  // wraps around below zero
  const vf exponent = __builtin_convertvector(shifted >> 23, vf);
  const vf f = bits_to_float((shifted & 0x007fffff) + splat_int(0x3f3504f3)) - 1.0f;
  vf q = splat(-7.634496530e-02f);
  q = q * f + 1.276157705e-01f;
  q = q * f + -1.316018240e-01f;
  q = q * f + 1.420175800e-01f;
  q = q * f + -1.662335734e-01f;
  q = q * f + 2.000122688e-01f;
  q = q * f + -2.500082103e-01f;
  q = q * f + 3.333333171e-01f;
  const vf square = f * f;
  vf tail = square * f * q + exponent * kLn2Low;
  tail = tail - square * 0.5f;
  vf result = (f + tail) + exponent * kLn2High;
  result = x < 1.17549435e-38f ? splat(-kInfinity) : result;
  result = x < 0.0f ? splat(__builtin_nanf("")) : result;
  result = x == kInfinity ? splat(kInfinity) : result;
  return x != x ? x : result;
}

// log(1 + x): the rounding of 1 + x is undone by the factor x / ((1 + x) - 1).
KERNEL_INLINE vf log1p_vector(vf x) {
  const vf u = x + 1.0f;
  const vf d = u - 1.0f;
  const vf corrected = log_vector(u) * (x / d);
  vf result = d == 0.0f ? x : corrected;
  result = u == kInfinity ? splat(kInfinity) : result;
  return x <= -1.0f ? log_vector(u) : result;
}

KERNEL_INLINE vf erf_vector(vf x) {
  const vf a = abs_vector(x);
  const vf s = x * x;
  vf small = splat(7.853861158e-05f);
  small = small * s + -8.010193566e-04f;
  small = small * s + 5.188327679e-03f;
  small = small * s + -2.685381193e-02f;
  small = small * s + 1.128358515e-01f;
  small = small * s + -3.761262582e-01f;
  small = small * s + 1.128379166e+00f;
  small = small * x;
  const vf b = at_most(splat(4.0f), a);
  vf e = splat(2.168675690e-05f);  // erf(a) = 1 - e^-R(a) for a in [1, 4]
  e = e * b + -4.413352213e-04f;
  e = e * b + 4.204555844e-03f;
  e = e * b + -2.520823960e-02f;
  e = e * b + 1.084185487e-01f;
  e = e * b + 6.332199213e-01f;
  e = e * b + 1.129578409e+00f;
  e = e * b + -1.880367964e-04f;
  const vf large = copy_sign(1.0f - exp_bounded(-e), x);
  const vf result = a < 1.0f ? small : large;
  return x != x ? x : result;
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
