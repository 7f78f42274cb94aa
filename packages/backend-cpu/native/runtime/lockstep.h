// Threads that go through the stages of a job side by side: each begins a stage when all have ended the one before, and no thread
// hands out work in between.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>

#include "pool.h"
#include "spin.h"

namespace lstm_native {

class Lockstep {
 public:
  // Calls body(stage, part) for every part of every stage. Who keeps the others waiting for longer than a thread spins is not
  // waited for again: on a busy machine the caller does what is left, all of it where it has no workers.
  template <class Body>
  static void run(Pool& pool, size_t parts, size_t stages, const Body& body) {
    Lockstep team(parts);
    pool.run_own(parts, [&](size_t part) {
      for (size_t stage = 0; stage < stages && team.reached(stage); stage++) {
        body(stage, part);
        team.parts_[part].ended.store(stage + 1, std::memory_order_release);
      }
    });
    for (size_t stage = team.least(); stage < stages; stage++)
      for (size_t part = 0; part < parts; part++)
        if (team.ended(part) <= stage) body(stage, part);
  }

 private:
  explicit Lockstep(size_t count) : count_(count) {}

  size_t ended(size_t part) const { return parts_[part].ended.load(std::memory_order_acquire); }
  size_t least() const {
    size_t least = ended(0);
    for (size_t part = 1; part < count_; part++) least = std::min(least, ended(part));
    return least;
  }

  // Whether all parts have ended so many stages, which is waited for.
  bool reached(size_t stages) {
    const auto ready = [&] { return least() >= stages || late_.load(std::memory_order_relaxed); };
    if (!spin_until(ready)) late_.store(true, std::memory_order_relaxed);
    return !late_.load(std::memory_order_relaxed);
  }

  struct alignas(64) Part {
    std::atomic<size_t> ended{0};
  };

  const size_t count_;
  std::atomic<bool> late_{false};
  Part parts_[Pool::kMaxOwn];
};

}  // namespace lstm_native
