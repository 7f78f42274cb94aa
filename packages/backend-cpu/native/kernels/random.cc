// Random numbers and rounding: work on the bits of numbers.
#include "functions.h"
#include "simd.h"

namespace lstm_native {
namespace KERNEL_NS {

namespace {

KERNEL_INLINE uint32_t rounded(float value) {
  const uint32_t bits = bits_of(value);
  const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
  return is_nan ? bits | 0x400000u : bits + 0x7fffu + (bits >> 16 & 1);
}

KERNEL_INLINE uint32_t high(uint32_t a, uint32_t b) { return static_cast<uint32_t>(uint64_t{a} * b >> 32); }

}  // namespace

void narrow(const float* from, size_t n, uint16_t* to) {
  for (size_t i = 0; i < n; i += 2 * kLanes)
    for (size_t j = 0; j < kLanes; j++) {
      to[i + 2 * j] = static_cast<uint16_t>(rounded(from[i + j]) >> 16);
      to[i + 2 * j + 1] = static_cast<uint16_t>(rounded(from[i + kLanes + j]) >> 16);
    }
}

void round_to_bfloat16(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const uint32_t bits = rounded(x[i]) & 0xffff0000u;
    __builtin_memcpy(&y[i], &bits, sizeof bits);
  }
}

// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011) with the counter [block, 0, low step, high step], as core draws.
void bernoulli(const RandomStream* stream, uint32_t threshold, uint32_t begin, uint32_t end, float* out) {
  const uint32_t low = static_cast<uint32_t>(stream->step), upper = static_cast<uint32_t>(stream->step >> 32);
  for (uint32_t block = begin; block < end; block++) {
    uint32_t c0 = block, c1 = 0, c2 = low, c3 = upper, k0 = stream->key[0], k1 = stream->key[1];
    for (int round = 0; round < 10; round++) {
      const uint32_t high0 = high(c0, 0xd2511f53u), high1 = high(c2, 0xcd9e8d57u);
      const uint32_t low0 = c0 * 0xd2511f53u, low1 = c2 * 0xcd9e8d57u;
      c0 = high1 ^ c1 ^ k0;
      c1 = low1;
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 += 0x9e3779b9u;
      k1 += 0xbb67ae85u;
    }
    const uint32_t words[4] = {c0, c1, c2, c3};
    for (int i = 0; i < 4; i++) out[size_t{block} * 4 + i] = words[i] >= threshold ? 1.0f : 0.0f;
  }
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
