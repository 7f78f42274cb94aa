#include "queue.h"

#include <new>

#include "../runtime/spin.h"

namespace lstm_native {

// Without what training saves: a step over long sequences may save gigabytes, and JavaScript's thread must not wait for it.
size_t output_bytes(const Task& task) {
  size_t bytes = 0;
  task.outputs.each([&](const TensorRef& output) { bytes += output->bytes(); });
  return bytes;
}

namespace {

std::string failure_of(const Task& task) {
  const std::string* poison = nullptr;
  task.inputs.each([&](const TensorRef& input) {
    if (poison == nullptr && input != nullptr && !input->error.empty()) poison = &input->error;
  });
  if (poison != nullptr) return *poison;
  try {
    task.outputs.each([](const TensorRef& output) {
      if (output->block.data() == nullptr) output->allocate();
    });
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

Queue::Queue(bool spins, std::function<void()> tell)
    : spins_(spins), tell_(std::move(tell)), thread_([this] { work(); }) {}

Queue::~Queue() { stop(); }

void Queue::push(Task task) {
  std::vector<Task> tasks;
  tasks.push_back(std::move(task));
  push(&tasks);
}

void Queue::push(std::vector<Task>* tasks) {
  bool asleep;
  {
    const auto lock = take(mutex_);
    for (Task& task : *tasks) {
      operations_.fetch_add(1);
      bytes_.fetch_add(output_bytes(task));
      tasks_.push_back(std::move(task));
    }
    asleep = sleeping_;
  }
  tasks->clear();
  if (asleep) wake_.notify_one();
}

void Queue::rouse() {
  if (!spins_) return;
  {
    const auto lock = take(mutex_);
    if (!sleeping_) return;
    roused_ = true;
  }
  wake_.notify_one();
}

bool Queue::run_one() {
  const std::lock_guard<std::mutex> turn(order_);
  if (next_ == running_.size()) {
    running_.clear();
    constexpr size_t usual = 4096;
    if (running_.capacity() > usual) std::vector<Task>().swap(running_);
    next_ = 0;
    const auto lock = take(mutex_);
    if (tasks_.empty()) return false;
    running_.swap(tasks_);
  }
  const Task task = std::move(running_[next_++]);
  const std::string failure = failure_of(task);
  if (!failure.empty()) task.outputs.each([&](const TensorRef& output) { output->error = failure; });
  if (task.always) task.always();
  if (task.told && (next_ == running_.size() || !running_[next_].told)) tell_();
  operations_.fetch_sub(1);
  bytes_.fetch_sub(output_bytes(task));
  return true;
}

void Queue::drain() {
  const FlushDenormals flush;
  while (run_one()) {  // whoever finds nothing left has waited for the task that ran
  }
}

void Queue::work() {
  // Small ops come a few dozen at a time, each lot as soon as the caller has written it.
  constexpr auto between = std::chrono::microseconds(200);
  // Layers take a while from the upload of a batch to their first kernel.
  constexpr auto ahead = std::chrono::microseconds(400);
  const FlushDenormals flush;
  auto patience = between;
  while (!stopping_.load()) {
    if (run_one()) {
      patience = between;
      continue;
    }
    if (spins_ && spin_until([&] { return stopping_.load() || operations_.load() > 0; }, patience)) continue;
    std::unique_lock<std::mutex> lock(mutex_);
    sleeping_ = true;
    wake_.wait(lock, [&] { return stopping_.load() || roused_ || !tasks_.empty(); });
    sleeping_ = false;
    patience = roused_ ? ahead : between;
    roused_ = false;
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
