// Vector types for one instruction set, written with GCC/Clang vector extensions so that one source serves SSE2, AVX2,
// AVX-512 and NEON. Included only by kernel sources, which are compiled once per instruction set in namespace KERNEL_NS.
// No C++ library headers in kernel sources: an inline std:: function emitted with wider instructions could be the copy
// the linker keeps for the whole program.
#pragma once
#include <stddef.h>
#include <stdint.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define KERNEL_INLINE static inline __attribute__((always_inline))

namespace lstm_native {
namespace KERNEL_NS {

// A tile of accumulators fills the registers: 8 rows by 3 vectors of 32, 4 by 3 of 16; without fused multiply-add the product
// takes one more, so 6 by 2.
#if defined(__AVX512F__)
#define KERNEL_PANEL_VECTORS 3
constexpr int kVectorBytes = 64;
constexpr int kRegisters = 32;
#elif defined(__AVX2__)
#define KERNEL_PANEL_VECTORS 3
constexpr int kVectorBytes = 32;
constexpr int kRegisters = 16;
#elif defined(__aarch64__)
#define KERNEL_PANEL_VECTORS 3
constexpr int kVectorBytes = 16;
constexpr int kRegisters = 32;
#else
#define KERNEL_PANEL_VECTORS 2
constexpr int kVectorBytes = 16;
constexpr int kRegisters = 16;
#endif
constexpr int kLanes = kVectorBytes / 4;
constexpr int kPanelVectors = KERNEL_PANEL_VECTORS;  // vectors in one packed panel
constexpr int kPanelColumns = kPanelVectors * kLanes;
// Rows of a tile on a panel of so many vectors.
constexpr int tile_rows(int vectors) {
  return kRegisters == 16 ? (vectors == 3 ? 4 : 6) : vectors == 3 ? 8 : 12;
}
constexpr int kTileRows = tile_rows(kPanelVectors);

// Loops that are unrolled before the compiler decides where the accumulators live: all of them stay in registers.
template <int N>
struct Index {
  static constexpr int value = N;
};
template <int I, int N, class Body>
KERNEL_INLINE void unrolled(const Body& body) {
  if constexpr (I < N) {
    body(Index<I>{});
    unrolled<I + 1, N>(body);
  }
}

typedef float vf __attribute__((vector_size(kVectorBytes)));
typedef int32_t vi __attribute__((vector_size(kVectorBytes)));
typedef uint32_t vu __attribute__((vector_size(kVectorBytes)));
typedef float vf_unaligned __attribute__((vector_size(kVectorBytes), aligned(4), may_alias));
typedef int32_t vi_unaligned __attribute__((vector_size(kVectorBytes), aligned(4), may_alias));

KERNEL_INLINE vf load(const float* p) { return *reinterpret_cast<const vf_unaligned*>(p); }
// Two vectors of bfloat16 as `narrow` lays them: each word holds a number of the first below one of the second.
struct Pair {
  vf first, second;
};
KERNEL_INLINE Pair load_pair(const uint16_t* p) {
  const vi words = *reinterpret_cast<const vi_unaligned*>(p);
  return {(vf)(words << 16), (vf)(words & -0x10000)};
}

KERNEL_INLINE uint32_t bits_of(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}

KERNEL_INLINE void store(float* p, vf v) { *reinterpret_cast<vf_unaligned*>(p) = v; }

KERNEL_INLINE vf splat(float x) {
#if defined(__AVX512F__)
  return (vf)_mm512_set1_ps(x);
#elif defined(__AVX2__)
  return (vf)_mm256_set1_ps(x);
#else
  return vf{x, x, x, x};
#endif
}

// sum += a * b. The instruction that adds to its target is prescribed: left to itself the compiler takes one that overwrites a
// factor, and then moves the sums of a tile from register to register.
KERNEL_INLINE void multiply_add(vf* sum, vf a, vf b) {
#if defined(__FMA__)
  asm("vfmadd231ps %2, %1, %0" : "+v"(*sum) : "v"(a), "v"(b));
#else
  *sum += a * b;
#endif
}

KERNEL_INLINE vi splat_int(int32_t x) {
#if defined(__AVX512F__)
  return (vi)_mm512_set1_epi32(x);
#elif defined(__AVX2__)
  return (vi)_mm256_set1_epi32(x);
#else
  return vi{x, x, x, x};
#endif
}

KERNEL_INLINE vf zero() { return vf{}; }

// max(low, x) and min(high, x) that return x when x is NaN: the operand order matters on x86.
KERNEL_INLINE vf at_least(vf low, vf x) {
#if defined(__AVX512F__)
  return (vf)_mm512_max_ps((__m512)low, (__m512)x);
#elif defined(__AVX2__)
  return (vf)_mm256_max_ps((__m256)low, (__m256)x);
#elif defined(__SSE2__)
  return (vf)_mm_max_ps((__m128)low, (__m128)x);
#else
  return x < low ? low : x;
#endif
}

KERNEL_INLINE vf at_most(vf high, vf x) {
#if defined(__AVX512F__)
  return (vf)_mm512_min_ps((__m512)high, (__m512)x);
#elif defined(__AVX2__)
  return (vf)_mm256_min_ps((__m256)high, (__m256)x);
#elif defined(__SSE2__)
  return (vf)_mm_min_ps((__m128)high, (__m128)x);
#else
  return x > high ? high : x;
#endif
}

// The first `count` (0..kLanes) lanes; the rest are zero. Touches no memory past p[count - 1].
KERNEL_INLINE vf load_part(const float* p, int count) {
#if defined(__AVX512F__)
  return (vf)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1u), p);
#elif defined(__AVX2__)
  const vi lane = {0, 1, 2, 3, 4, 5, 6, 7};
  return (vf)_mm256_maskload_ps(p, (__m256i)(lane < splat_int(count)));
#else
  vf v = {};
  for (int i = 0; i < count && i < kLanes; i++) v[i] = p[i];
  return v;
#endif
}

KERNEL_INLINE void store_part(float* p, vf v, int count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << count) - 1u), (__m512)v);
#elif defined(__AVX2__)
  const vi lane = {0, 1, 2, 3, 4, 5, 6, 7};
  _mm256_maskstore_ps(p, (__m256i)(lane < splat_int(count)), (__m256)v);
#else
  for (int i = 0; i < count && i < kLanes; i++) p[i] = v[i];
#endif
}

// Calls body(offset, count) over n floats in vectors; count < kLanes only in the last call.
template <class Body>
KERNEL_INLINE void for_vectors(size_t n, Body body) {
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) body(i, kLanes);
  if (i < n) body(i, static_cast<int>(n - i));
}

KERNEL_INLINE vf load_some(const float* p, int count) { return count == kLanes ? load(p) : load_part(p, count); }
KERNEL_INLINE void store_some(float* p, vf v, int count) {
  if (count == kLanes) {
    store(p, v);
  } else {
    store_part(p, v, count);
  }
}

KERNEL_INLINE vf larger(vf a, vf b) { return a != a ? a : at_least(a, b); }

// NaN where there is one.
KERNEL_INLINE float row_max(const float* x, size_t n) {
  if (n == 0) return -__builtin_inff();
  vf m = splat(x[0]);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) m = larger(m, load(x + i));
  float best = m[0];
  for (int v = 1; v < kLanes; v++) best = best != best || best > m[v] ? best : m[v];
  for (; i < n; i++) best = best != best || best > x[i] ? best : x[i];
  return best;
}

KERNEL_INLINE float sum_lanes(vf v) {
  float s[kLanes];
  store(s, v);
  for (int width = kLanes / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) s[i] += s[i + width];
  return s[0];
}

KERNEL_INLINE vf bits_to_float(vi v) { return (vf)v; }
KERNEL_INLINE vi float_to_bits(vf v) { return (vi)v; }

}  // namespace KERNEL_NS
}  // namespace lstm_native
