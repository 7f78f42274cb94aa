// The object that JavaScript holds: a table of tensors by number, a queue and a pool. Every method checks its arguments
// before anything is queued; what it can't know before the work runs (indices in a tensor) poisons the result.
#pragma once
#include <napi.h>

#include <memory>
#include <string>
#include <vector>

#include "../runtime/dispatch.h"
#include "arguments.h"
#include "queue.h"

namespace lstm_native {

class Engine : public Napi::ObjectWrap<Engine> {
 public:
  static Napi::Function define(Napi::Env env);
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
  Napi::Value release(const Info& info);
  Napi::Value idle(const Info& info);
  Napi::Value pending(const Info& info);
  Napi::Value dispose(const Info& info);
  // required.cc
  Napi::Value fill(const Info& info);
  Napi::Value cast(const Info& info);
  Napi::Value round_to_bfloat16(const Info& info);
  Napi::Value bernoulli(const Info& info);
  Napi::Value unary(const Info& info);
  Napi::Value binary(const Info& info);
  Napi::Value select(const Info& info);
  Napi::Value reduce(const Info& info);
  Napi::Value matmul(const Info& info);
  // movement.cc
  Napi::Value strided_copy(const Info& info);
  Napi::Value concat(const Info& info);
  Napi::Value gather(const Info& info);
  Napi::Value scatter_add(const Info& info);
  Napi::Value cumulative_sum(const Info& info);
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

  // arguments.cc: tensors by their handles. All throw a JavaScript error where there is no such tensor.
  TensorRef find(Napi::Env env, double handle) const;
  TensorRef find(Napi::Env env, double handle, Type type) const;
  TensorRef tensor_argument(const Info& info, size_t index) const;
  TensorRef tensor_argument(const Info& info, size_t index, Type type) const;
  TensorRef optional_argument(const Info& info, size_t index, Type type) const;  // null for handle 0
  std::vector<TensorRef> tensors_argument(const Info& info, size_t index, Type type) const;

  TensorRef make(Napi::Env env, size_t count, Type type = Type::float32) const;
  Napi::Value own(Napi::Env env, const TensorRef& tensor);
  Napi::Value own_all(Napi::Env env, const std::vector<TensorRef>& tensors);  // 0 for those that are null
  void enqueue(Napi::Env env, Task task);
  void hold(Napi::Env env);
  void let_go(Napi::Env env);
  // Calls body(begin, end) for pieces of [0, n), in parallel when there is enough of it.
  template <class Body>
  void parallel(size_t n, size_t smallest, const Body& body) const {
    const size_t pieces = n / smallest < pool_->threads() ? n / smallest : pool_->threads();
    if (pieces < 2) {
      body(size_t{0}, n);
      return;
    }
    pool_->run(pieces, [&](size_t piece) { body(n * piece / pieces, n * (piece + 1) / pieces); });
  }
  void multiply(const float* a, bool ta, const float* b, bool tb, float* c, size_t m, size_t n, size_t k, const float* bias,
                int activation) const;

  // A handle is a slot and, above kSlotBits, how often the slot was used before.
  static constexpr size_t kSlotBits = 22;
  static constexpr size_t kMaxSlots = size_t{1} << kSlotBits;
  struct Slot {
    TensorRef tensor;
    uint32_t generation = 0;
  };
  const KernelTable* kernels_ = nullptr;
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<Queue> queue_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_slots_;
  Napi::ThreadSafeFunction completions_;
  Napi::FunctionReference session_class_;
  size_t waiting_ = 0;
  bool disposed_ = false;
  bool exiting_ = false;  // Node is taking its environment apart
  int64_t reported_bytes_ = 0;
};

}  // namespace lstm_native
