// The object that JavaScript holds: a table of tensors by number, a queue and a pool. Every method checks its arguments
// before anything is queued; what it can't know before the work runs (indices in a tensor) poisons the result.
#pragma once
#include <napi.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "../runtime/dispatch.h"
#include "arguments.h"
#include "queue.h"

namespace lstm_native {

struct Completion;

class Engine : public Napi::ObjectWrap<Engine> {
 public:
  static Napi::Function define(Napi::Env env);
  static Napi::Array command_names(Napi::Env env);
  explicit Engine(const Napi::CallbackInfo& info);
  ~Engine() override;
  void Finalize(Napi::Env env) override;
  static void on_exit(void* engine);

 private:
  typedef Napi::CallbackInfo Info;
  // engine.cc
  Napi::Value describe(const Info& info);
  Napi::Value upload(const Info& info);
  Napi::Value read(const Info& info);
  Napi::Value read_sync(const Info& info);
  Napi::Value idle(const Info& info);
  Napi::Value pending(const Info& info);
  Napi::Value dispose(const Info& info);
  // commands.cc
  Napi::Value set_commands(const Info& info);
  Napi::Value reserve(const Info& info);
  Napi::Value run(const Info& info);
  // required.cc
  TensorRef fill(const Command& command);
  TensorRef cast(const Command& command);
  TensorRef round_to_bfloat16(const Command& command);
  TensorRef bernoulli(const Command& command);
  TensorRef unary(const Command& command);
  TensorRef binary(const Command& command);
  TensorRef select(const Command& command);
  TensorRef reduce(const Command& command);
  TensorRef matmul(const Command& command);
  // movement.cc
  TensorRef strided_copy(const Command& command);
  TensorRef gather(const Command& command);
  TensorRef scatter_add(const Command& command);
  TensorRef cumulative_sum(const Command& command);
  Napi::Value concat(const Info& info);
  // fused.cc
  Napi::Value linear(const Info& info);
  Napi::Value linear_backward(const Info& info);
  Napi::Value softmax_cross_entropy(const Info& info);
  Napi::Value softmax_cross_entropy_backward(const Info& info);
  Napi::Value layer_norm(const Info& info);
  Napi::Value layer_norm_backward(const Info& info);
  Napi::Value optimizer_step(const Info& info);
  // layers.cc
  Napi::Value recurrent_stack(const Info& info);
  Napi::Value recurrent_stack_backward(const Info& info);
  // session.cc
  Napi::Value create_session(const Info& info);

  // A handle is a slot and, above kSlotBits, how often the slot was used before.
  static constexpr size_t kSlotBits = 22;
  static constexpr size_t kMaxSlots = size_t{1} << kSlotBits;
  struct Slot {
    TensorRef tensor;
    uint32_t generation = 0;
    bool reserved = false;  // for the result of a command that has not run
  };

  // arguments.cc: tensors by their handles. `find` and what is built on it throw a JavaScript error where there is none.
  Slot* slot_of(double handle);  // null where the handle is nobody's
  TensorRef find_any(Napi::Env env, double handle);  // also what a training call saved
  TensorRef find(Napi::Env env, double handle);
  TensorRef find(Napi::Env env, double handle, Type type);
  template <class Call>
  TensorRef tensor_argument(const Call& call, size_t index) {
    return find(call.Env(), number_argument(call, index));
  }
  template <class Call>
  TensorRef tensor_argument(const Call& call, size_t index, Type type) {
    return find(call.Env(), number_argument(call, index), type);
  }
  TensorRef optional_argument(const Info& info, size_t index, Type type);  // null for handle 0
  std::vector<TensorRef> tensors_argument(const Info& info, size_t index, Type type);

  TensorRef make(Napi::Env env, size_t count, Type type = Type::float32) const;
  void require_slots(Napi::Env env, size_t count) const;
  size_t take_slot(Napi::Env env);
  double handle_of(size_t slot) const;
  Napi::Value own(Napi::Env env, const TensorRef& tensor);
  void free_slot(Napi::Env env, double handle);
  Napi::Value own_all(Napi::Env env, const std::vector<TensorRef>& tensors);  // 0 for those that are null
  void report(Napi::Env env, int64_t bytes);
  void enqueue(Task task);
  void submit();
  // commands.cc
  struct CommandEntry {
    const char* name;
    TensorRef (Engine::*run)(const Command& command);
  };
  static const CommandEntry kCommands[];
  static const size_t kCommandCount;
  void run_commands(Napi::Env env);
  void run_command(double code, double result, const Command& command);
  // A method that JavaScript calls; the commands written before it come first.
  template <Napi::Value (Engine::*method)(const Info&)>
  Napi::Value in_order(const Info& info) {
    run_commands(info.Env());
    try {
      const Napi::Value result = (this->*method)(info);
      submit();
      return result;
    } catch (...) {
      tasks_.clear();  // what was refused does nothing
      task_bytes_ = 0;
      throw;
    }
  }
  void hold(Napi::Env env);
  void let_go(Napi::Env env);
  Napi::Promise promise(Napi::Env env, const char* name, const TensorRef& tensor);
  void settle(Napi::Env env);
  template <class Body>
  void parallel(size_t n, size_t smallest, const Body& body) const {
    pool_->share(n, smallest, body);
  }
  void multiply(const float* a, bool ta, const float* b, bool tb, float* c, size_t m, size_t n, size_t k, const float* bias,
                int activation) const;

  const Memory::User memory_;  // outlives all that lies in it
  const KernelTable* kernels_ = nullptr;
  size_t threads_ = 0;
  std::shared_ptr<Pool> pool_;  // until the backend is disposed; sessions look whether they are still there
  std::shared_ptr<Queue> queue_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_slots_;
  Napi::Reference<Napi::Float64Array> commands_;
  std::vector<double> numbers_;  // of the commands that are being run
  std::vector<Task> tasks_;      // of calls that are being made, not yet in the queue
  size_t task_bytes_ = 0;
  Napi::ThreadSafeFunction completions_;
  std::mutex ended_mutex_;
  std::vector<std::shared_ptr<Completion>> ended_;  // to be settled on JavaScript's thread
  Napi::FunctionReference session_class_;
  size_t waiting_ = 0;
  bool disposed_ = false;
  bool exiting_ = false;  // Node is taking its environment apart
  int64_t reported_bytes_ = 0, unreported_bytes_ = 0;
};

}  // namespace lstm_native
