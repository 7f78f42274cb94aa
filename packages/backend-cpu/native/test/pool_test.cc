#include <atomic>
#include <thread>

#include "../runtime/lockstep.h"
#include "subject.h"

namespace lstm_native_test {

using lstm_native::Pool;

namespace {

// Short jobs from two callers at once, idle gaps in between so that workers park: every item runs exactly once.
void run_short_jobs(size_t threads) {
  Pool pool(threads);
  std::atomic<int> wrong{0};
  const auto caller = [&](size_t seed) {
    Numbers numbers(seed);
    for (int job = 0; job < 3000; job++) {
      const size_t items = 1 + numbers.below(9);
      std::atomic<int> runs[10] = {};
      pool.run(items, [&](size_t item) { runs[item]++; });
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
  Pool pool(threads);
  std::atomic<int> wrong{0};
  for (int job = 0; job < 300; job++) {
    std::atomic<int> runs[Pool::kMaxOwn] = {};
    pool.run_own(Pool::kMaxOwn, [&](size_t item) {
      if (item < Pool::kMaxOwn) {
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

// Short jobs for one worker of many, some right after another and some after all have gone to sleep: `awake` tells which.
void run_with_one_worker() {
  Pool pool(4);
  std::atomic<int> wrong{0};
  int asleep = 0;
  for (int job = 0; job < 400; job++) {
    if (job % 20 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    asleep += !pool.awake(2);
    std::atomic<int> runs[2] = {};
    pool.run_own(2, [&](size_t item) { runs[item]++; });
    if (runs[0] != 1 || runs[1] != 1) wrong++;
  }
  expect(wrong == 0, "two items of four threads ran not exactly once");
  expect(asleep >= 10, "threads without work go to sleep");
  expect(!Pool(1).awake(2), "a thread that is not there is not awake");
}

// Every part of every stage runs once, and none before all parts of the stage before it: with a part that is late now and then,
// with more parts than the machine may have processors, and with a second caller who finds the workers taken.
void run_in_lockstep(size_t threads, size_t parts, int late) {
  Pool pool(threads);
  std::atomic<int> wrong{0};
  const auto caller = [&] {
    for (size_t job = 0; job < 200; job++) {
      constexpr size_t stages = 20;
      std::atomic<size_t> ended[stages + 1] = {};
      ended[0] = parts;
      lstm_native::Lockstep::run(pool, parts, stages, [&](size_t stage, size_t part) {
        if (ended[stage] != parts) wrong++;
        if (late > 0 && (job + stage + part) % 97 == 0) std::this_thread::sleep_for(std::chrono::microseconds(late));
        ended[stage + 1]++;
      });
      for (const auto& count : ended)
        if (count != parts) wrong++;
    }
  };
  std::thread other(caller);
  caller();
  other.join();
  expect(wrong == 0, std::to_string(parts) + " parts of " + std::to_string(threads) + " threads in lockstep: stages out of order");
}

}  // namespace

void test_pool() {
  run_short_jobs(4);
  run_own_items(80);  // more than a word has bits
  run_with_one_worker();
  run_in_lockstep(2, 2, 0);
  run_in_lockstep(2, 2, 200);
  run_in_lockstep(5, 3, 200);
  run_in_lockstep(1, 2, 0);
}

}  // namespace lstm_native_test
