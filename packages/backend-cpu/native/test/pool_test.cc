#include <atomic>
#include <thread>

#include "subject.h"

namespace lstm_native_test {

// Short jobs from two callers at once, idle gaps in between so that workers park: every item runs exactly once.
void test_pool() {
  lstm_native::Pool pool(4);
  std::atomic<int> wrong{0};
  const auto caller = [&](size_t seed) {
    Numbers numbers(seed);
    for (int job = 0; job < 3000; job++) {
      const size_t items = 1 + numbers.below(9);
      std::atomic<int> runs[10] = {};
      const auto body = [&](size_t item) { runs[item]++; };
      if (job % 3 == 0) {
        pool.run_own(items, body);
      } else {
        pool.run(items, body);
      }
      for (size_t i = 0; i < 10; i++)
        if (runs[i] != (i < items)) wrong++;
      if (job % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  };
  std::thread other(caller, 1);
  caller(2);
  other.join();
  expect(wrong == 0, "pool: items ran not exactly once");
}

}  // namespace lstm_native_test
