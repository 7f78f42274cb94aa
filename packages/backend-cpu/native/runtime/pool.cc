#include "pool.h"

#include <algorithm>
#include <system_error>

#include "spin.h"

namespace lstm_native {

namespace {

uint32_t generation_of(uint64_t job) { return static_cast<uint32_t>(job >> 32); }
bool has_owners(uint64_t job) { return (job >> 31 & 1) != 0; }
size_t count_of(uint64_t job) { return static_cast<size_t>(job >> 16 & 0x7fff); }
size_t next_of(uint64_t job) { return static_cast<size_t>(job & 0xffff); }  // or a bit for each item that is left

}  // namespace

Pool::Pool(size_t threads) : threads_(threads == 0 ? 1 : threads) {
  try {
    for (size_t i = 1; i < threads_; i++) {
      Worker& worker = workers_.emplace_back();
      worker.thread = std::thread([this, &worker, i] { work(worker, i); });
    }
  } catch (const std::system_error&) {
    workers_.pop_back();  // the system has no more: those that are there, the caller at least, take the items of the others
  }
}

Pool::~Pool() {
  {
    const std::lock_guard<std::mutex> lock(sleep_);
    stop_.store(true);
  }
  for (Worker& worker : workers_) worker.wake.notify_one();
  for (Worker& worker : workers_) worker.thread.join();
}

bool Pool::awake(size_t items) const {
  if (workers_.size() + 1 < items) return false;
  return std::none_of(workers_.begin(), workers_.begin() + static_cast<std::ptrdiff_t>(items) - 1,
                      [](const Worker& worker) { return worker.parked.load(std::memory_order_relaxed); });
}

// No more threads than a job has items: the others would find nothing left.
void Pool::wake(size_t items) {
  for (size_t i = 0; i < std::min(items - 1, workers_.size()); i++) {
    if (!workers_[i].parked.load(std::memory_order_seq_cst)) continue;
    const std::lock_guard<std::mutex> lock(sleep_);
    workers_[i].wake.notify_one();
  }
}

// Takes an item of the job of this generation; false when there is none left, or the job is another one.
bool Pool::claim(uint32_t generation, size_t thread, size_t* item) {
  uint64_t job = job_.load(std::memory_order_acquire);
  while (generation_of(job) == generation) {
    uint64_t after = job + 1;
    *item = next_of(job);
    if (has_owners(job)) {
      const size_t left = next_of(job);
      if (left == 0 || thread >= count_of(job)) return false;
      *item = thread;
      if ((left >> thread & 1) == 0)
        for (*item = 0; (left >> *item & 1) == 0;) ++*item;
      after = job & ~(uint64_t{1} << *item);
    } else if (next_of(job) >= count_of(job)) {
      return false;
    }
    if (job_.compare_exchange_weak(job, after, std::memory_order_acq_rel, std::memory_order_acquire)) return true;
  }
  return false;
}

// Works on the current job while it is the one of this generation.
void Pool::claim_and_run(uint32_t generation, size_t thread) {
  size_t item = 0;
  while (claim(generation, thread, &item)) {
    function_(context_, item);  // stable: the job can't end before this item is done
    const size_t count = count_of(job_.load(std::memory_order_relaxed));
    if (done_.fetch_add(1) + 1 == count && caller_sleeps_.load()) {
      const std::lock_guard<std::mutex> lock(sleep_);
      finished_.notify_all();
    }
  }
}

void Pool::run_erased(size_t items, Function function, const void* context, bool own) {
  const bool fits = items > 1 && items <= (own ? std::min(kMaxOwn, threads_) : kMaxItems) && threads_ > 1;
  if (!fits || !busy_.try_lock()) {
    if (own) return;
    for (size_t item = 0; item < items; item++) function(context, item);
    return;
  }
  const std::lock_guard<std::mutex> lock(busy_, std::adopt_lock);
  function_ = function;
  context_ = context;
  done_.store(0, std::memory_order_relaxed);
  const uint32_t generation = generation_of(job_.load(std::memory_order_relaxed)) + 1;
  const uint64_t left = own ? uint64_t{1} << 31 | ((uint64_t{1} << items) - 1) : 0;
  job_.store(uint64_t{generation} << 32 | uint64_t{items} << 16 | left, std::memory_order_seq_cst);
  wake(items);
  claim_and_run(generation, 0);
  const auto all_done = [&] { return done_.load() == items; };
  if (spin_until(all_done)) return;
  caller_sleeps_.store(true);
  {
    std::unique_lock<std::mutex> sleep(sleep_);
    finished_.wait(sleep, all_done);
  }
  caller_sleeps_.store(false, std::memory_order_relaxed);
}

void Pool::work(Worker& self, size_t thread) {
  const FlushDenormals flush;
  uint32_t last = 0;
  const auto fresh = [&] {
    const uint64_t job = job_.load(std::memory_order_seq_cst);
    return stop_.load(std::memory_order_relaxed) || generation_of(job) != last;
  };
  while (true) {
    if (!spin_until(fresh)) {
      std::unique_lock<std::mutex> sleep(sleep_);
      self.parked.store(true, std::memory_order_seq_cst);
      self.wake.wait(sleep, fresh);
      self.parked.store(false, std::memory_order_relaxed);
    }
    if (stop_.load(std::memory_order_relaxed)) return;
    last = generation_of(job_.load(std::memory_order_acquire));
    claim_and_run(last, thread);
  }
}

#if defined(__x86_64__) || defined(_M_X64)
FlushDenormals::FlushDenormals() : saved_(_mm_getcsr()) { _mm_setcsr(static_cast<unsigned>(saved_) | 0x8040u); }
FlushDenormals::~FlushDenormals() { _mm_setcsr(static_cast<unsigned>(saved_)); }
#elif defined(__aarch64__)
FlushDenormals::FlushDenormals() : saved_(0) {
  asm volatile("mrs %0, fpcr" : "=r"(saved_));
  const uint64_t flushed = saved_ | uint64_t{1} << 24;
  asm volatile("msr fpcr, %0" : : "r"(flushed));
}
FlushDenormals::~FlushDenormals() { asm volatile("msr fpcr, %0" : : "r"(saved_)); }
#else
FlushDenormals::FlushDenormals() : saved_(0) {}
FlushDenormals::~FlushDenormals() {}
#endif

}  // namespace lstm_native
