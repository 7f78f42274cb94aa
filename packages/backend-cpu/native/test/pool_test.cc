#include <atomic>
#include <thread>

#include "subject.h"

namespace lstm_native_test {

namespace {

// Short jobs from two callers at once, idle gaps in between so that workers park: every item runs exactly once.
void run_short_jobs(size_t threads) {
  lstm_native::Pool pool(threads);
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
  expect(wrong == 0, "pool of " + std::to_string(threads) + ": items ran not exactly once");
}

// Items that take long enough for every thread to look for one.
void run_own_items(size_t threads) {
  lstm_native::Pool pool(threads);
  std::atomic<int> wrong{0};
  for (int job = 0; job < 300; job++) {
    std::atomic<int> runs[lstm_native::Pool::kMaxOwn] = {};
    pool.run_own(lstm_native::Pool::kMaxOwn, [&](size_t item) {
      if (item < lstm_native::Pool::kMaxOwn) {
        runs[item]++;
      } else {
        wrong++;
      }
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    });
    for (const auto& count : runs)
      if (count != 1) wrong++;
  }
  expect(wrong == 0, "pool of " + std::to_string(threads) + ": own items ran not exactly once");
}

}  // namespace

void test_pool() {
  run_short_jobs(4);
  run_own_items(80);  // more than a word has bits
}

}  // namespace lstm_native_test
