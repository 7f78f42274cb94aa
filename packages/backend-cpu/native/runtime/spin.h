// Waiting without sleep: a thread that the system has put to sleep takes tens of microseconds to come back, and waking it costs the
// waker some ten of its own.
#pragma once
#include <chrono>
#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace lstm_native {

constexpr auto kSpin = std::chrono::microseconds(50);

inline void relax() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// True as soon as `ready` is; false after the time to spin.
template <class Ready>
bool spin_until(const Ready& ready, std::chrono::microseconds time = kSpin) {
  std::chrono::steady_clock::time_point now, end = {};
  do {
    for (int i = 0; i < 64; i++) {
      if (ready()) return true;
      relax();
    }
    now = std::chrono::steady_clock::now();
    if (end == std::chrono::steady_clock::time_point{}) end = now + time;  // most waits end before a clock is needed
  } while (now < end);
  return false;
}

}  // namespace lstm_native
