#include "queue.h"

#include <new>

#include "../runtime/spin.h"

namespace lstm_native {

namespace {

size_t output_bytes(const Task& task) {
  size_t bytes = 0;
  for (const TensorRef& output : task.outputs) bytes += output->bytes();
  return bytes;
}

std::string failure_of(const Task& task) {
  for (const TensorRef& input : task.inputs)
    if (input != nullptr && !input->error.empty()) return input->error;
  try {
    for (const TensorRef& output : task.outputs)
      if (output->block.data() == nullptr) output->allocate();
    if (task.run) task.run();
    return {};
  } catch (const WorkError& error) {
    return error.message;
  } catch (const std::bad_alloc&) {
    return std::string("[") + task.name +
           "] there is no memory left for the result. Tensors live outside the JavaScript heap. Use smaller batches or "
           "sequences, or dispose tensors sooner.";
  } catch (...) {
    return std::string("[") + task.name + "] the native kernel failed. This is a defect of the backend. Please report it.";
  }
}

// Takes a mutex that nobody holds for long: whoever sleeps for it pays more than it is held.
std::unique_lock<std::mutex> take(std::mutex& mutex) {
  std::unique_lock lock(mutex, std::defer_lock);
  for (int i = 0; i < 64; i++) {
    if (lock.try_lock()) return lock;
    relax();
  }
  lock.lock();
  return lock;
}

}  // namespace

Queue::Queue(bool spins) : spins_(spins), thread_([this] { work(); }) {}

Queue::~Queue() { stop(); }

void Queue::push(Task task) {
  bool asleep;
  {
    const auto lock = take(mutex_);
    operations_.fetch_add(1);
    bytes_.fetch_add(output_bytes(task));
    tasks_.push_back(std::move(task));
    asleep = sleeping_;
  }
  if (asleep) wake_.notify_one();
}

bool Queue::run_one() {
  const std::lock_guard<std::mutex> turn(order_);
  Task task;
  {
    const auto lock = take(mutex_);
    if (tasks_.empty()) return false;
    task = std::move(tasks_.front());
    tasks_.pop_front();
  }
  const std::string failure = failure_of(task);
  if (!failure.empty())
    for (const TensorRef& output : task.outputs) output->error = failure;
  if (task.always) task.always();
  operations_.fetch_sub(1);
  bytes_.fetch_sub(output_bytes(task));
  return true;
}

void Queue::drain() {
  const FlushDenormals flush;
  while (run_one()) {
  }
  // A task may still be running on the queue's thread.
  const std::lock_guard<std::mutex> turn(order_);
}

void Queue::work() {
  const FlushDenormals flush;
  while (!stopping_.load()) {
    if (run_one()) continue;
    // Small ops come one after the other, each soon after the last one is done.
    if (spins_ && spin_until([&] { return stopping_.load() || operations_.load() > 0; })) continue;
    std::unique_lock<std::mutex> lock(mutex_);
    sleeping_ = true;
    wake_.wait(lock, [&] { return stopping_.load() || !tasks_.empty(); });
    sleeping_ = false;
  }
}

void Queue::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_.store(true);
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace lstm_native
