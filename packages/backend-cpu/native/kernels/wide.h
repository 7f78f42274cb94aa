// Several vectors that take each step of a formula together. A multiply-add waits four cycles for the one before it, so a
// chain of them for one vector alone leaves the unit idle.
#pragma once
#include "simd.h"

namespace lstm_native {
namespace KERNEL_NS {

template <int N>
struct Wide {
  vf v[N];
};
constexpr int kGroup = kRegisters == 32 ? 4 : 2;  // vectors whose formulas fit the registers together

#define EACH(expression)                                          \
  unrolled<0, N>([&](auto index) __attribute__((always_inline)) { \
    constexpr int i = index.value;                                \
    expression;                                                   \
  })
#define WIDE_OPERATOR(op)                                                 \
  template <int N>                                                        \
  KERNEL_INLINE Wide<N> operator op(const Wide<N>& a, const Wide<N>& b) { \
    Wide<N> r;                                                            \
    EACH(r.v[i] = a.v[i] op b.v[i]);                                      \
    return r;                                                             \
  }                                                                       \
  template <int N>                                                        \
  KERNEL_INLINE Wide<N> operator op(const Wide<N>& a, float b) {          \
    Wide<N> r;                                                            \
    EACH(r.v[i] = a.v[i] op b);                                           \
    return r;                                                             \
  }                                                                       \
  template <int N>                                                        \
  KERNEL_INLINE Wide<N> operator op(float a, const Wide<N>& b) {          \
    Wide<N> r;                                                            \
    EACH(r.v[i] = a op b.v[i]);                                           \
    return r;                                                             \
  }
WIDE_OPERATOR(+)
WIDE_OPERATOR(-)
WIDE_OPERATOR(*)
#undef WIDE_OPERATOR

// f of every vector.
template <class F>
KERNEL_INLINE vf lift(F f, vf a) {
  return f(a);
}
template <class F>
KERNEL_INLINE vf lift(F f, vf a, vf b) {
  return f(a, b);
}
template <class F, int N>
KERNEL_INLINE Wide<N> lift(F f, const Wide<N>& a) {
  Wide<N> r;
  EACH(r.v[i] = f(a.v[i]));
  return r;
}
template <class F, int N>
KERNEL_INLINE Wide<N> lift(F f, const Wide<N>& a, const Wide<N>& b) {
  Wide<N> r;
  EACH(r.v[i] = f(a.v[i], b.v[i]));
  return r;
}

// `count` counts the lanes of the last vector.
KERNEL_INLINE void load_to(vf* to, const float* p, int count) { *to = load_some(p, count); }
template <int N>
KERNEL_INLINE void load_to(Wide<N>* to, const float* p, int count) {
  EACH(to->v[i] = load_some(p + i * kLanes, i == N - 1 ? count : kLanes));
}
template <int N>
KERNEL_INLINE void store_some(float* p, const Wide<N>& x, int count) {
  EACH(store_some(p + i * kLanes, x.v[i], i == N - 1 ? count : kLanes));
}
#undef EACH

// Calls body(wide, offset, count) over n floats in groups of at most `most` vectors. The value of `wide` means nothing, its
// type tells how many vectors to take; `count` lanes of the last one exist.
template <int most, class Body>
KERNEL_INLINE void for_groups(size_t n, Body body) {
  for (size_t i = 0; i < n;) {
    const size_t left = n - i, vectors = (left + kLanes - 1) / kLanes;
    const int tail = static_cast<int>(left - (vectors - 1) * kLanes);
    if (vectors > most) {
      body(Wide<most>{}, i, kLanes);
      i += most * kLanes;
      continue;
    }
    if (vectors == most) body(Wide<most>{}, i, tail);
    if constexpr (most > 3) {
      if (vectors == 3) body(Wide<3>{}, i, tail);
    }
    if constexpr (most > 2) {
      if (vectors == 2) body(Wide<2>{}, i, tail);
    }
    if constexpr (most > 1) {
      if (vectors == 1) body(Wide<1>{}, i, tail);
    }
    return;
  }
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
