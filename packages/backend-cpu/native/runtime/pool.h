// Threads that share the items of a job. Items are claimed one by one, by the caller too, so a worker that the system
// does not schedule costs nothing: the caller takes its items.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>

namespace lstm_native {

class Pool {
 public:
  static constexpr size_t kMaxItems = 0x7fff;
  static constexpr size_t kMaxOwn = 16;

  // Where the system refuses that many threads there are fewer workers, and work is divided as if there were all.
  explicit Pool(size_t threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Threads that work on a job, the caller included. Work is divided by this number only, never by who is free, so
  // results are the same in every run with the same number.
  size_t threads() const { return threads_; }

  // Calls body(item) for every item in [0, items) and returns when all are done. When another caller has the workers, the
  // calling thread does all the items.
  template <class Body>
  void run(size_t items, const Body& body) {
    run_erased(items, [](const void* context, size_t item) { (*static_cast<const Body*>(context))(item); }, &body);
  }

  // Calls body(begin, end) for pieces of [0, n), one per thread, where each gets at least `smallest`; else for all of it at once.
  template <class Body>
  void share(size_t n, size_t smallest, const Body& body) {
    const size_t pieces = n / smallest < threads_ ? n / smallest : threads_;
    if (pieces < 2) {
      body(size_t{0}, n);
      return;
    }
    run(pieces, [&](size_t piece) { body(n * piece / pieces, n * (piece + 1) / pieces); });
  }

  // `run` for two items or more, at most one per thread and kMaxOwn in all: a thread takes the item of its own number if nobody was
  // faster, so that its caches hold what it had before; threads without one take none. Runs nothing when there are no such threads,
  // or another caller has them.
  template <class Body>
  void run_own(size_t items, const Body& body) {
    run_erased(items, [](const void* context, size_t item) { (*static_cast<const Body*>(context))(item); }, &body, true);
  }

  // Whether the threads that would share so many items look out for work at this moment: others have to be woken first.
  bool awake(size_t items) const;

 private:
  typedef void (*Function)(const void* context, size_t item);
  void run_erased(size_t items, Function function, const void* context, bool own = false);
  bool claim(uint32_t generation, size_t thread, size_t* item);
  void claim_and_run(uint32_t generation, size_t thread);
  struct Worker {
    std::thread thread;
    std::atomic<bool> parked{false};
    std::condition_variable wake;
  };
  void wake(size_t items);
  void work(Worker& self, size_t thread);

  const size_t threads_;
  std::deque<Worker> workers_;  // threads 1 and on
  std::mutex busy_;  // held by the caller whose job the workers see
  // Generation (32 bits), kind (1), items (15) and next item (16) of the job in ONE word: a worker that woke late can't claim
  // an item of a job with the count of another. Where threads have items of their own the last 16 bits say which are left.
  std::atomic<uint64_t> job_{0};
  std::atomic<size_t> done_{0};
  Function function_ = nullptr;
  const void* context_ = nullptr;
  std::atomic<bool> stop_{false};
  std::atomic<bool> caller_sleeps_{false};
  std::mutex sleep_;
  std::condition_variable finished_;
};

// Sets flush-to-zero for the lifetime of the object on the calling thread.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();

 private:
  uint64_t saved_;
};

}  // namespace lstm_native
