#include "engine.h"

#include <cmath>
#include <cstring>
#include <system_error>

namespace lstm_native {

// A read or a wait that JavaScript is promised.
struct Completion {
  Completion(Napi::Env env, const TensorRef& what) : deferred(env), tensor(what) {}
  Napi::Promise::Deferred deferred;
  TensorRef tensor;             // null for a wait
  Napi::ObjectReference array;  // of a read
  void* elements = nullptr;     // of the array
  std::string error;
};

namespace {

constexpr size_t kPendingLimit = size_t{1} << 30;  // queued results beyond this: the caller works too

// By JavaScript's constructor, which throws where there is no memory left: N-API's own call ends the process.
Napi::TypedArray new_array(Napi::Env env, Type type, size_t count) {
  Napi::ArrayBuffer buffer;
  try {
    const Napi::Function constructor = env.Global().Get("ArrayBuffer").As<Napi::Function>();
    buffer = constructor.New({Napi::Number::New(env, 4.0 * static_cast<double>(count))}).As<Napi::ArrayBuffer>();
  } catch (const Napi::Error&) {
    fail(env, "there is no memory left for the values. Read fewer at a time.");
  }
  if (type == Type::int32) return Napi::Int32Array::New(env, count, buffer, 0);
  return Napi::Float32Array::New(env, count, buffer, 0);
}

// Where the elements lie. The array's buffer can't be asked: it may be shared memory, which is no ArrayBuffer.
void* data_of(const Napi::TypedArray& array) {
  void* data = nullptr;
  napi_get_typedarray_info(array.Env(), array, nullptr, nullptr, &data, nullptr, nullptr);
  return data;
}

}  // namespace

Engine::Engine(const Info& info) : Napi::ObjectWrap<Engine>(info) {
  const Napi::Env env = info.Env();
  const double threads = number_argument(info, 0);
  require(env, threads >= 1 && threads <= 256 && threads == std::floor(threads), "threads must be an integer from 1 to 256.");
  require(env, info[1].IsString(), "the instruction set must be a string.");
  kernels_ = find_kernels(info[1].As<Napi::String>());
  require(env, kernels_ != nullptr, "this processor has no such instruction set.");
  slots_.resize(1);  // handle 0 means none
  threads_ = static_cast<size_t>(threads);
  try {
    queue_ = std::make_shared<Queue>(usable_processors() > 1, [this] {
      completions_.BlockingCall([this](Napi::Env now, Napi::Function) { settle(now); });
    });
  } catch (const std::system_error&) {
    fail(env, "the system gives this process no more threads. A backend needs one of its own. Allow the process more, or "
              "dispose backends that are not needed.");
  }
  pool_ = std::make_shared<Pool>(threads_);
  completions_ = Napi::ThreadSafeFunction::New(env, Napi::Function::New(env, [](const Info&) {}), "lstm-cpu", 0, 1);
  completions_.Unref(env);
  // Hooks run last in, first out: ours before Node takes `completions_` apart.
  napi_add_env_cleanup_hook(env, on_exit, this);
}

Engine::~Engine() {
  if (queue_ != nullptr) queue_->stop();
}

void Engine::on_exit(void* engine) {
  Engine* self = static_cast<Engine*>(engine);
  if (self->queue_ != nullptr) self->queue_->stop();
  self->exiting_ = true;
}

void Engine::Finalize(Napi::Env env) {
  if (queue_ == nullptr || exiting_) return;
  napi_remove_env_cleanup_hook(env, on_exit, this);
  queue_->stop();
  if (disposed_) return;
  completions_.Abort();
  Napi::MemoryManagement::AdjustExternalMemory(env, -reported_bytes_);
}

// While JavaScript waits for something, neither the process nor this object may go away.
void Engine::hold(Napi::Env env) {
  if (waiting_++ > 0) return;
  completions_.Ref(env);
  Ref();
}

void Engine::let_go(Napi::Env env) {
  if (--waiting_ > 0) return;
  if (!disposed_) completions_.Unref(env);
  Unref();
}

TensorRef Engine::make(Napi::Env env, size_t count, Type type) const {
  require(env, count <= 4294967295u, kTooLarge);
  const TensorRef tensor = std::make_shared<Tensor>();
  tensor->type = type;
  tensor->count = count;
  return tensor;
}

void Engine::require_slots(Napi::Env env, size_t count) const {
  require(env, !disposed_, "the backend was disposed.");  // by a getter of an argument
  require(env, free_slots_.size() + kMaxSlots - slots_.size() >= count,
          "more than four million tensors are alive. Dispose those that are not needed.");
}

size_t Engine::take_slot(Napi::Env env) {
  require_slots(env, 1);
  if (free_slots_.empty()) {
    slots_.emplace_back();
    return slots_.size() - 1;
  }
  const size_t slot = free_slots_.back();
  free_slots_.pop_back();
  return slot;
}

double Engine::handle_of(size_t slot) const {
  return static_cast<double>(uint64_t{slots_[slot].generation} << kSlotBits | slot);
}

Napi::Value Engine::own(Napi::Env env, const TensorRef& tensor) {
  const size_t slot = take_slot(env);
  slots_[slot].tensor = tensor;
  report(env, static_cast<int64_t>(tensor->held_bytes()));
  return Napi::Number::New(env, handle_of(slot));
}

// Queued work still holds the tensor.
void Engine::free_slot(Napi::Env env, double handle) {
  Slot* slot = slot_of(handle);
  require(env, slot != nullptr && slot->tensor != nullptr, "the tensor was freed or never existed.");
  report(env, -static_cast<int64_t>(slot->tensor->held_bytes()));
  slot->tensor = nullptr;
  slot->generation = (slot->generation + 1) & 0x3fffffff;
  free_slots_.push_back(static_cast<uint32_t>(slot - slots_.data()));
}

// Tells V8 of memory outside its heap; small changes are saved up, for most of them cancel out.
void Engine::report(Napi::Env env, int64_t bytes) {
  constexpr int64_t worth_telling = 1 << 18;
  unreported_bytes_ += bytes;
  if (std::abs(unreported_bytes_) < worth_telling) return;
  Napi::MemoryManagement::AdjustExternalMemory(env, unreported_bytes_);
  reported_bytes_ += unreported_bytes_;
  unreported_bytes_ = 0;
}

Napi::Value Engine::own_all(Napi::Env env, const std::vector<TensorRef>& tensors) {
  Napi::Array handles = Napi::Array::New(env, tensors.size());
  for (size_t i = 0; i < tensors.size(); i++)
    handles[static_cast<uint32_t>(i)] =
        tensors[i] == nullptr ? static_cast<Napi::Value>(Napi::Number::New(env, 0)) : own(env, tensors[i]);
  return handles;
}

void Engine::enqueue(Task task) {
  task_bytes_ += output_bytes(task);
  tasks_.push_back(std::move(task));
}

// Hands the calls that were made to the queue, all at once.
void Engine::submit() {
  if (tasks_.empty()) return;
  if (queue_->pending_bytes() > kPendingLimit) queue_->drain();
  queue_->push(&tasks_);
  task_bytes_ = 0;
}

Napi::Value Engine::describe(const Info& info) {
  const Napi::Env env = info.Env();
  Napi::Object result = Napi::Object::New(env);
  Napi::Array names = Napi::Array::New(env);
  for (const KernelTable* table : available_kernels()) names[names.Length()] = Napi::String::New(env, table->name);
  result["instructionSet"] = Napi::String::New(env, kernels_->name);
  result["instructionSets"] = names;
  result["threads"] = Napi::Number::New(env, static_cast<double>(threads_));
  return result;
}

Napi::Value Engine::upload(const Info& info) {
  const Napi::Env env = info.Env();
  require(env, !disposed_, "the backend was disposed.");
  require(env, info[0].IsTypedArray(), "upload takes a Float32Array or an Int32Array.");
  queue_->rouse();
  const Napi::TypedArray array = info[0].As<Napi::TypedArray>();
  const napi_typedarray_type type = array.TypedArrayType();
  require(env, type == napi_float32_array || type == napi_int32_array, "upload takes a Float32Array or an Int32Array.");
  const TensorRef tensor = make(env, array.ElementLength(), type == napi_float32_array ? Type::float32 : Type::int32);
  try {
    tensor->allocate();  // at once: the caller may change its array after the call
  } catch (const std::bad_alloc&) {
    fail(env, "there is no memory left for the tensor.");
  }
  if (tensor->count > 0) std::memcpy(tensor->floats(), data_of(array), tensor->bytes());
  return own(env, tensor);
}

// The promise of a tensor's values, or without one that all calls before are done.
Napi::Promise Engine::promise(Napi::Env env, const char* name, const TensorRef& tensor) {
  auto completion = std::make_shared<Completion>(env, tensor);
  if (tensor != nullptr) {
    // The array is there before its contents: they are copied once, and not by JavaScript's thread.
    const Napi::TypedArray array = new_array(env, tensor->type, tensor->count);
    completion->elements = data_of(array);
    prefer_huge_pages(completion->elements, tensor->bytes());
    completion->array = Napi::Persistent(array.As<Napi::Object>());
  }
  const Napi::Promise promise = completion->deferred.Promise();
  hold(env);
  auto end = [this, completion = std::move(completion)]() mutable {
    const TensorRef& source = completion->tensor;
    if (source != nullptr) completion->error = source->error;
    if (source != nullptr && source->error.empty() && source->count > 0)
      std::memcpy(completion->elements, source->floats(), source->bytes());
    const std::lock_guard<std::mutex> lock(ended_mutex_);
    ended_.push_back(std::move(completion));  // its references end on JavaScript's thread
  };
  queue_->push({name, {tensor}, {}, nullptr, std::move(end), true});
  return promise;
}

// Keeps the promises whose work has ended.
void Engine::settle(Napi::Env env) {
  std::vector<std::shared_ptr<Completion>> ended;
  {
    const std::lock_guard<std::mutex> lock(ended_mutex_);
    ended.swap(ended_);
  }
  for (const std::shared_ptr<Completion>& done : ended) {
    let_go(env);
    if (done->error.empty()) {
      done->deferred.Resolve(done->tensor == nullptr ? env.Undefined() : static_cast<Napi::Value>(done->array.Value()));
    } else {
      done->deferred.Reject(Napi::Error::New(env, done->error).Value());
    }
  }
}

Napi::Value Engine::read(const Info& info) { return promise(info.Env(), "read", tensor_argument(info, 0)); }

Napi::Value Engine::idle(const Info& info) {
  require(info.Env(), !disposed_, "the backend was disposed.");
  return promise(info.Env(), "idle", nullptr);
}

Napi::Value Engine::read_sync(const Info& info) {
  const Napi::Env env = info.Env();
  const TensorRef tensor = tensor_argument(info, 0);
  queue_->drain();
  if (!tensor->error.empty()) fail(env, tensor->error);
  require(env, info[1].IsUndefined() || info[1].IsTypedArray(), "the result goes into a Float32Array or an Int32Array.");
  const Napi::TypedArray into =
      info[1].IsUndefined() ? new_array(env, tensor->type, tensor->count) : info[1].As<Napi::TypedArray>();
  require(env, into.TypedArrayType() == (tensor->type == Type::float32 ? napi_float32_array : napi_int32_array),
          "the array to fill has another type than the tensor.");
  require(env, into.ElementLength() == tensor->count, "the array to fill has another length than the tensor.");
  if (tensor->count > 0) std::memcpy(data_of(into), tensor->floats(), tensor->bytes());
  return into;
}

Napi::Value Engine::pending(const Info& info) {
  Napi::Array result = Napi::Array::New(info.Env(), 2);
  result[0u] = Napi::Number::New(info.Env(), static_cast<double>(queue_->pending_operations()));
  result[1u] = Napi::Number::New(info.Env(), static_cast<double>(queue_->pending_bytes()));
  return result;
}

Napi::Value Engine::dispose(const Info& info) {
  const Napi::Env env = info.Env();
  if (disposed_) return env.Undefined();
  queue_->drain();
  queue_->stop();
  pool_.reset();
  disposed_ = true;
  completions_.Release();
  slots_.clear();
  Napi::MemoryManagement::AdjustExternalMemory(env, -reported_bytes_);
  unreported_bytes_ = reported_bytes_ = 0;
  Memory::shared().trim();
  return env.Undefined();
}

Napi::Function Engine::define(Napi::Env env) {
  return DefineClass(env, "Engine",
                     {InstanceMethod("describe", &Engine::in_order<&Engine::describe>),
                      InstanceMethod("setCommands", &Engine::in_order<&Engine::set_commands>),
                      InstanceMethod("reserve", &Engine::in_order<&Engine::reserve>),
                      InstanceMethod("run", &Engine::in_order<&Engine::run>),
                      InstanceMethod("upload", &Engine::in_order<&Engine::upload>),
                      InstanceMethod("read", &Engine::in_order<&Engine::read>),
                      InstanceMethod("readSync", &Engine::in_order<&Engine::read_sync>),
                      InstanceMethod("idle", &Engine::in_order<&Engine::idle>),
                      InstanceMethod("pending", &Engine::in_order<&Engine::pending>),
                      InstanceMethod("dispose", &Engine::in_order<&Engine::dispose>),
                      InstanceMethod("concat", &Engine::in_order<&Engine::concat>),
                      InstanceMethod("linear", &Engine::in_order<&Engine::linear>),
                      InstanceMethod("linearBackward", &Engine::in_order<&Engine::linear_backward>),
                      InstanceMethod("softmaxCrossEntropy", &Engine::in_order<&Engine::softmax_cross_entropy>),
                      InstanceMethod("softmaxCrossEntropyBackward", &Engine::in_order<&Engine::softmax_cross_entropy_backward>),
                      InstanceMethod("layerNorm", &Engine::in_order<&Engine::layer_norm>),
                      InstanceMethod("layerNormBackward", &Engine::in_order<&Engine::layer_norm_backward>),
                      InstanceMethod("optimizerStep", &Engine::in_order<&Engine::optimizer_step>),
                      InstanceMethod("recurrentStack", &Engine::in_order<&Engine::recurrent_stack>),
                      InstanceMethod("recurrentStackBackward", &Engine::in_order<&Engine::recurrent_stack_backward>),
                      InstanceMethod("createSession", &Engine::in_order<&Engine::create_session>)});
}

}  // namespace lstm_native

namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports["Engine"] = lstm_native::Engine::define(env);
  exports["commands"] = lstm_native::Engine::command_names(env);
  exports["processors"] = Napi::Number::New(env, static_cast<double>(lstm_native::usable_processors()));
  return exports;
}

}  // namespace

NODE_API_MODULE(backend_cpu, initialize)
