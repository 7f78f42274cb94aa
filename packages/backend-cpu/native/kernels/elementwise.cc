#include <math.h>

#include "functions.h"
#include "activations.h"

namespace lstm_native {
namespace KERNEL_NS {

namespace {

KERNEL_INLINE vf floor_vector(vf x) {
  const vf truncated = __builtin_convertvector(__builtin_convertvector(x, vi), vf);
  const vf lowered = truncated > x ? truncated - 1.0f : truncated;
  const vi small = abs_vector(x) < 8388608.0f;  // larger ones, infinities and NaN are their own floor
  return small ? copy_sign(lowered, x) : x;
}

KERNEL_INLINE vf sign_vector(vf x) {
  const vf one = copy_sign(splat(1.0f), x);
  const vi keep = (x != x) | (x == 0.0f);
  return keep ? x + x : one;  // a sum: a denormal number becomes the 0 that it counts as
}

template <class F>
KERNEL_INLINE void map(const float* x, float* y, size_t n, F f) {
  for_vectors(n, [&](size_t i, int count) __attribute__((always_inline)) {
    store_some(y + i, f(load_some(x + i, count)), count);
  });
}

KERNEL_INLINE vf one_where(vi condition) { return condition ? splat(1.0f) : zero(); }

template <int kind>
KERNEL_INLINE vf combine(vf a, vf b) {
  switch (kind) {
    case kAdd:
      return a + b;
    case kSub:
      return a - b;
    case kMul:
      return a * b;
    case kDiv:
      return a / b;
    case kMax:
      return a != a ? a : at_least(a, b);
    case kMin:
      return a != a ? a : at_most(a, b);
    case kLess:
      return one_where(a < b);
    case kEqual:
      return one_where(a == b);
    case kSigmoidGradient:
      return a * (b * (1.0f - b));
    case kTanhGradient:
      return a * (1.0f - b * b);
    default: {
      vf y = {};
      for (int i = 0; i < kLanes; i++) y[i] = powf(a[i], b[i]);
      // For powf these are 1, for JavaScript they are not.
      const vi undefined = (b != b) | ((abs_vector(a) == 1.0f) & (abs_vector(b) == kInfinity));
      return undefined ? splat(__builtin_nanf("")) : y;
    }
  }
}

// sa and sb are 1 (elements) or 0 (one value repeated).
template <int kind>
void binary_row(const float* a, size_t sa, const float* b, size_t sb, float* y, size_t n) {
  if (kind == kPow && sb == 0 && *b == 2.0f) {
    for_vectors(n, [&](size_t i, int count) {
      const vf x = load_some(a + i * sa, sa == 0 ? 1 : count);
      const vf v = sa == 0 ? splat(x[0]) : x;
      store_some(y + i, v * v, count);
    });
    return;
  }
  const vf a0 = splat(sa == 0 ? *a : 0.0f);
  const vf b0 = splat(sb == 0 ? *b : 0.0f);
  if (sa != 0 && sb != 0) {
    for_vectors(n, [&](size_t i, int count) __attribute__((always_inline)) {
      store_some(y + i, combine<kind>(load_some(a + i, count), load_some(b + i, count)), count);
    });
  } else if (sa != 0) {
    map(a, y, n, [&](vf v) __attribute__((always_inline)) { return combine<kind>(v, b0); });
  } else if (sb != 0) {
    map(b, y, n, [&](vf v) __attribute__((always_inline)) { return combine<kind>(a0, v); });
  } else {
    const vf v = combine<kind>(a0, b0);
    for_vectors(n, [&](size_t i, int count) __attribute__((always_inline)) { store_some(y + i, v, count); });
  }
}

typedef void (*Row)(const float*, size_t, const float*, size_t, float*, size_t);
const Row rows[] = {binary_row<kAdd>, binary_row<kSub>, binary_row<kMul>,  binary_row<kDiv>,  binary_row<kPow>,
                    binary_row<kMax>, binary_row<kMin>, binary_row<kLess>, binary_row<kEqual>, binary_row<kSigmoidGradient>,
                    binary_row<kTanhGradient>};

// Calls body(offsets of the inputs, first element, count) for the parts of inner rows that lie in [begin, end).
template <int inputs, class Body>
KERNEL_INLINE void walk_rows(const Walk& walk, size_t begin, size_t end, Body body) {
  const int last = walk.rank - 1;
  const size_t inner = walk.dims[last];
  size_t done = begin;
  while (done < end) {
    size_t rest = done / inner;
    const size_t within = done % inner;
    size_t offset[3] = {};
    for (int input = 0; input < inputs; input++) offset[input] = within * walk.strides[input][last];
    for (int axis = last - 1; axis >= 0; axis--) {
      const size_t position = rest % walk.dims[axis];
      rest /= walk.dims[axis];
      for (int input = 0; input < inputs; input++) offset[input] += position * walk.strides[input][axis];
    }
    const size_t left = inner - within;
    const size_t count = end - done < left ? end - done : left;
    body(offset, done, count);
    done += count;
  }
}

}  // namespace

void unary(int kind, const float* x, float* y, size_t n) {
#define CASE(name, expression) \
  case name:                   \
    map(x, y, n, [](vf v) __attribute__((always_inline)) { return expression; }); \
    return;
  switch (kind) {
    CASE(kNeg, -v)
    CASE(kAbs, abs_vector(v))
    CASE(kSign, sign_vector(v))
    CASE(kExp, exp_vector(v))
    CASE(kExpm1, expm1_vector(v))
    CASE(kLog, log_vector(v))
    CASE(kLog1p, log1p_vector(v))
    CASE(kRecip, 1.0f / v)
    CASE(kFloor, floor_vector(v))
    CASE(kErf, erf_vector(v))
    CASE(kRelu, at_least(zero(), v))
    CASE(kSigmoid, sigmoid_vector(v))
    CASE(kTanh, tanh_vector(v))
    default:
      for (size_t i = 0; i < n; i++) y[i] = __builtin_sqrtf(x[i]);
  }
#undef CASE
}

void binary(int kind, const Walk* walk, const float* a, const float* b, float* y, size_t begin, size_t end) {
  const Row row = rows[kind];
  const size_t sa = walk->strides[0][walk->rank - 1];
  const size_t sb = walk->strides[1][walk->rank - 1];
  walk_rows<2>(*walk, begin, end, [&](const size_t* offset, size_t at, size_t count) {
    row(a + offset[0], sa, b + offset[1], sb, y + at, count);
  });
}

void select(const Walk* walk, const float* c, const float* a, const float* b, float* y, size_t begin, size_t end) {
  const int last = walk->rank - 1;
  const size_t sc = walk->strides[0][last], sa = walk->strides[1][last], sb = walk->strides[2][last];
  walk_rows<3>(*walk, begin, end, [&](const size_t* offset, size_t at, size_t count) {
    const float* pc = c + offset[0];
    const float* pa = a + offset[1];
    const float* pb = b + offset[2];
    for_vectors(count, [&](size_t i, int n) __attribute__((always_inline)) {
      const vf vc = sc != 0 ? load_some(pc + i, n) : splat(*pc);
      const vf va = sa != 0 ? load_some(pa + i, n) : splat(*pa);
      const vf vb = sb != 0 ? load_some(pb + i, n) : splat(*pb);
      store_some(y + at + i, vc != 0.0f ? va : vb, n);
    });
  });
}

void activation_backward(int activation, const float* y, const float* dy, float* dx, size_t n) {
  for_vectors(n, [&](size_t i, int count) __attribute__((always_inline)) {
    store_some(dx + i, activation_gradient(activation, load_some(y + i, count), load_some(dy + i, count)), count);
  });
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
