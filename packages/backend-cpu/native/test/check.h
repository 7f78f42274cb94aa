#pragma once
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace lstm_native_test {

// A small generator, so that every run sees the same numbers.
class Numbers {
 public:
  explicit Numbers(uint64_t seed) : state_(seed * 2654435769u + 88172645463325252u) {}
  uint64_t bits() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  size_t below(size_t n) { return static_cast<size_t>((bits() >> 33) % n); }
  float uniform(float low, float high) { return low + (high - low) * static_cast<float>(bits() >> 40) / 16777216.0f; }
  std::vector<float> vector(size_t n, float low = -1, float high = 1) {
    std::vector<float> v(n);
    for (float& x : v) x = uniform(low, high);
    return v;
  }

 private:
  uint64_t state_;
};

inline int& failures() {
  static int count = 0;
  return count;
}
inline int& checks() {
  static int count = 0;
  return count;
}

inline void expect(bool ok, const std::string& what) {
  checks()++;
  if (ok) return;
  failures()++;
  if (failures() < 40) std::printf("FAILED %s\n", what.c_str());
}

// |actual - expected| <= tolerance * (1 + largest |expected|)
template <class Expected>
void expect_close(const float* actual, const std::vector<Expected>& expected, double tolerance, const std::string& what) {
  double scale = 1, worst = 0;
  for (const Expected e : expected) scale = std::fmax(scale, std::fabs(static_cast<double>(e)));
  for (size_t i = 0; i < expected.size(); i++) {
    const double error = std::fabs(actual[i] - static_cast<double>(expected[i]));
    if (!(error <= worst)) worst = error;  // NaN counts
  }
  char text[64];
  std::snprintf(text, sizeof text, ": error %.2e of %.2e", worst, scale);
  expect(worst <= tolerance * scale, what + text);
}

void test_math(const struct Subject& subject);
void test_matmul(const struct Subject& subject);
void test_recurrent(const struct Subject& subject);
void test_rows(const struct Subject& subject);
void test_session(const struct Subject& subject);
void test_pool();

}  // namespace lstm_native_test
