// Whether the threads share the steps of a stream. It pays while steps follow each other closely on a machine with processors to
// spare; so it is tried, and looked at again and again.
#pragma once
#include <algorithm>
#include <chrono>

#include "pool.h"

namespace lstm_native {

class Sharing {
 public:
  typedef std::chrono::steady_clock::time_point Time;

  // Calls step(pool), for threads to share in so many parts, or step(nullptr) where the caller alone is thought to be faster.
  template <class Step>
  auto run(Pool* pool, size_t parts, const Step& step) {
    if (pool == nullptr || parts < 2) return step(static_cast<Pool*>(nullptr));
    const bool shared = begin(std::chrono::steady_clock::now(), pool->awake(parts));
    const auto result = step(shared ? pool : nullptr);
    end(std::chrono::steady_clock::now());
    return result;
  }

  // A step begins. awake: its threads look out for work, so that nobody has to be woken.
  bool begin(Time now, bool awake) {
    began_ = now;
    shared_ = left_alone_ == 0 && now >= pause_end_ && (awake || now - ended_ < kClose);
    return shared_;
  }

  // It has ended. After every kPeriod of shared steps a few go alone, and if those are no slower all do for a while.
  void end(Time now) {
    ended_ = now;
    const auto took = now - began_;
    if (shared_) {
      shared_time_ += took;
      shared_steps_++;
      if (shared_time_ >= kPeriod) left_alone_ = kAlone;
      return;
    }
    if (left_alone_ == 0) return;
    alone_time_ += took;
    if (--left_alone_ > 0) return;
    const bool pays = shared_time_ * kAlone < alone_time_ * shared_steps_;
    pause_ = pays ? Duration{0} : std::clamp(2 * pause_, kShortPause, kLongPause);
    pause_end_ = now + pause_;
    shared_time_ = alone_time_ = Duration{0};
    shared_steps_ = 0;
  }

 private:
  typedef std::chrono::steady_clock::duration Duration;
  static constexpr Duration kClose = std::chrono::microseconds(25);  // woken, the threads are there for the steps after this one
  static constexpr Duration kPeriod = std::chrono::milliseconds(16);
  static constexpr Duration kShortPause = std::chrono::milliseconds(64), kLongPause = std::chrono::seconds(1);
  static constexpr int kAlone = 16;

  bool shared_ = false;
  int left_alone_ = 0, shared_steps_ = 0;
  Duration shared_time_{0}, alone_time_{0}, pause_{0};
  Time began_, ended_, pause_end_;
};

}  // namespace lstm_native
