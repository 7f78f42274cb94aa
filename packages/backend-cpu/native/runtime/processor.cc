#include "processor.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <stdint.h>

namespace lstm_native {

namespace {

// Bits of the register XCR0: the parts of the processor's state that the system saves when it changes threads.
constexpr uint32_t kWideRegisters = 0x06;    // XMM, YMM
constexpr uint32_t kWidestRegisters = 0xe0;  // mask registers, ZMM

bool all(uint32_t bits, uint32_t wanted) { return (bits & wanted) == wanted; }

uint32_t saved_state() {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

struct Features {
  bool avx2 = false;
  bool avx512 = false;
};

Features ask() {
  Features found;
  uint32_t a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || !all(c, bit_OSXSAVE | bit_AVX | bit_FMA | bit_F16C)) return found;
  const uint32_t saved = saved_state();
  if (!all(saved, kWideRegisters) || __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return found;
  found.avx2 = all(b, bit_AVX2);
#if defined(__APPLE__)
  const bool widest = true;  // macOS begins to save them at their first use
#else
  const bool widest = all(saved, kWidestRegisters);
#endif
  found.avx512 = found.avx2 && widest && all(b, bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL);
  return found;
}

const Features& features() {
  static const Features found = ask();
  return found;
}

}  // namespace

bool has_avx2() { return features().avx2; }
bool has_avx512() { return features().avx512; }

}  // namespace lstm_native
#endif
