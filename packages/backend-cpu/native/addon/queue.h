// Tensors in native memory and the queue of deferred work on them. Nothing here knows of N-API.
#pragma once
#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "../runtime/recurrent.h"

namespace lstm_native {

enum class Type { float32, int32 };

struct PackedWeights;
struct SavedStack;

// One tensor. The owner table and queued tasks share it; its memory appears when the work that makes it runs.
struct Tensor {
  Type type = Type::float32;
  size_t count = 0;
  Block block;
  std::string error;      // why the contents are missing, once the work that should make them failed
  bool refused = false;   // `error` says why no work will make the contents
  uint64_t version = 0;   // grows when an update writes in place
  bool fits_bfloat16 = false;  // all values are bfloat16 numbers
  std::shared_ptr<PackedWeights> packed;  // for a recurrent kernel used without training
  std::shared_ptr<SavedStack> saved;      // for what a recurrent forward call leaves to backward
  size_t saved_bytes = 0;

  size_t bytes() const { return count * 4; }  // of the elements
  size_t held_bytes() const { return bytes() + saved_bytes; }
  float* floats() const { return block.data(); }
  int32_t* ints() const { return reinterpret_cast<int32_t*>(block.data()); }
  void allocate() { block = Block(count + 16); }
};
typedef std::shared_ptr<Tensor> TensorRef;

// Weights packed for the kernels, valid while the tensors they came from are unchanged.
struct PackedWeights {
  RecurrentWeights weights;
  TensorRef recurrent, bias;
  uint64_t kernel_version = 0, recurrent_version = 0, bias_version = 0;
  int cell = 0;
  Narrow narrow = {false, false};
};

// A failure that the next read of the results reports. The text is a whole sentence.
struct WorkError {
  std::string message;
};

// Throws unless every index lies in [0, rows); the kernels themselves don't look.
void check_indices(const char* name, const TensorRef& indices, size_t rows);

// Tensors that a task holds; up to four need no memory of their own.
class TensorList {
 public:
  TensorList() = default;
  template <class... More>
  TensorList(const TensorRef& first, const More&... more) {
    push_back(first);
    (push_back(more), ...);
  }
  TensorList(const std::vector<TensorRef>& tensors) { append(tensors); }
  void push_back(const TensorRef& tensor) {
    if (count_ < few_.size()) {
      few_[count_++] = tensor;
    } else {
      more_.push_back(tensor);
    }
  }
  void append(const std::vector<TensorRef>& tensors) {
    for (const TensorRef& tensor : tensors) push_back(tensor);
  }
  template <class Body>
  void each(const Body& body) const {
    for (size_t i = 0; i < count_; i++) body(few_[i]);
    for (const TensorRef& tensor : more_) body(tensor);
  }

 private:
  std::array<TensorRef, 4> few_;
  size_t count_ = 0;
  std::vector<TensorRef> more_;
};

struct Task {
  const char* name;
  TensorList inputs, outputs;  // alive until the task has run, so that `run` may hold plain pointers
  std::function<void()> run;
  std::function<void()> always;  // runs after `run`, also when an input is poisoned
  bool told = false;             // somebody is told of its end
};

size_t output_bytes(const Task& task);

// Runs tasks in the order of `push` on its own thread, or on the caller's in `drain`.
class Queue {
 public:
  // spins: the thread waits a while for the next task before it sleeps; for machines with a processor to spare.
  // tell: called after a task whose end is told, once for several that follow each other.
  Queue(bool spins, std::function<void()> tell);
  ~Queue();
  void push(Task task);
  // Moves all tasks into the queue, and leaves the list empty.
  void push(std::vector<Task>* tasks);
  // Wakes the thread for work that is about to come: it is awake by then.
  void rouse();
  // Runs what is queued on the calling thread until nothing is left.
  void drain();
  void stop();
  size_t pending_operations() const { return operations_.load(); }
  size_t pending_bytes() const { return bytes_.load(); }

 private:
  bool run_one();
  void work();

  std::mutex order_;  // held while a task runs, so that tasks end in order whoever runs them; guards running_ and next_
  std::vector<Task> running_;
  size_t next_ = 0;
  std::mutex mutex_;  // guards tasks_, sleeping_ and roused_
  std::condition_variable wake_;
  std::vector<Task> tasks_;
  std::atomic<size_t> operations_{0}, bytes_{0};
  std::atomic<bool> stopping_{false};
  bool sleeping_ = false, roused_ = false;
  const bool spins_;
  const std::function<void()> tell_;
  std::thread thread_;
};

}  // namespace lstm_native
