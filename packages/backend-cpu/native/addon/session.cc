// Stepping programs: createSession copies the weights out of the engine's tensors, then steps run on the caller's thread.
#include "../runtime/session.h"
#include "../runtime/sharing.h"

#include <cstring>

#include "engine.h"

namespace lstm_native {

namespace {

// What JavaScript's object is made of. The threads belong to the backend, which may be disposed of first.
struct SessionParts {
  std::unique_ptr<Session> session;
  size_t sessions;
  std::weak_ptr<Queue> queue;
  std::weak_ptr<Pool> pool;
};

class SessionObject : public Napi::ObjectWrap<SessionObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Session",
                       {InstanceMethod("step", &SessionObject::step), InstanceMethod("readState", &SessionObject::read_state),
                        InstanceMethod("writeState", &SessionObject::write_state),
                        InstanceMethod("dispose", &SessionObject::dispose)});
  }

  explicit SessionObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SessionObject>(info) {
    if (!info[0].IsExternal()) throw Napi::Error::New(info.Env(), "a session is made by createSession.");
    parts_ = std::move(*info[0].As<Napi::External<SessionParts>>().Data());
  }

 private:
  Session& live(Napi::Env env) const {
    if (parts_.session == nullptr) throw Napi::Error::New(env, "the session was disposed.");
    return *parts_.session;
  }

  static Napi::Float32Array floats(Napi::Env env, Napi::Value value, size_t length) {
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array)
      throw Napi::Error::New(env, "a session takes Float32Arrays.");
    const Napi::Float32Array array = value.As<Napi::Float32Array>();
    if (array.ElementLength() != length)
      throw Napi::Error::New(env, "an array holds " + std::to_string(array.ElementLength()) + " values, not " + std::to_string(length) + ".");
    return array;
  }

  Napi::Value step(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    Session& session = live(env);
    Napi::Float32Array input = floats(env, info[0], parts_.sessions * session.input_size());
    Napi::Float32Array output = floats(env, info[1], parts_.sessions * session.output_size());
    const FlushDenormals flush;
    // Work in the queue wants the threads for longer than a step does.
    const std::shared_ptr<Queue> queue = parts_.queue.lock();
    const std::shared_ptr<Pool> pool = queue != nullptr && queue->pending_operations() == 0 ? parts_.pool.lock() : nullptr;
    const size_t parts = pool == nullptr ? 1 : session.parts_for(*pool);
    if (!sharing_.run(pool.get(), parts, [&](Pool* threads) { return session.step(input.Data(), output.Data(), threads); }))
      throw Napi::Error::New(env, "a token is out of range of the embedding.");
    return env.Undefined();
  }

  Napi::Value read_state(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const std::vector<std::vector<float>*> states = live(env).states();
    Napi::Array result = Napi::Array::New(env, states.size());
    for (size_t i = 0; i < states.size(); i++) {
      Napi::Float32Array array = Napi::Float32Array::New(env, states[i]->size());
      std::memcpy(array.Data(), states[i]->data(), states[i]->size() * sizeof(float));
      result[static_cast<uint32_t>(i)] = array;
    }
    return result;
  }

  Napi::Value write_state(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const std::vector<std::vector<float>*> states = live(env).states();
    if (!info[0].IsArray() || info[0].As<Napi::Array>().Length() != states.size())
      throw Napi::Error::New(env, "the state is a list of " + std::to_string(states.size()) + " arrays.");
    const Napi::Array list = info[0].As<Napi::Array>();
    std::vector<std::vector<float>> fresh;
    for (size_t i = 0; i < states.size(); i++) {
      const Napi::Value value = list.Get(static_cast<uint32_t>(i));
      live(env);  // a getter may have disposed of the session
      const Napi::Float32Array array = floats(env, value, states[i]->size());
      fresh.emplace_back(array.Data(), array.Data() + states[i]->size());
    }
    for (size_t i = 0; i < states.size(); i++) states[i]->swap(fresh[i]);
    return env.Undefined();
  }

  Napi::Value dispose(const Napi::CallbackInfo& info) {
    parts_.session.reset();
    return info.Env().Undefined();
  }

  const Memory::User memory_;  // outlives the session
  SessionParts parts_;
  Sharing sharing_;
};

std::vector<float> copy_of(const TensorRef& tensor) {
  if (tensor == nullptr) return {};
  return std::vector<float>(tensor->floats(), tensor->floats() + tensor->count);
}

}  // namespace

// createSession(sessions, bfloat16, kinds[], numbers[][inputs, units, activation, recurrentActivation], tensors[][kernel,
// recurrentKernel, bias]); kinds as in LayerKind. Waits for the queue: the weights are copied.
Napi::Value Engine::create_session(const Info& info) {
  const Napi::Env env = info.Env();
  const size_t sessions = size_argument(info, 0);
  const bool narrow = size_argument(info, 1) != 0;
  const std::vector<size_t> kinds = sizes_argument(info, 2);
  const std::vector<size_t> numbers = sizes_argument(info, 3);
  const std::vector<TensorRef> tensors = tensors_argument(info, 4, Type::float32);
  require(env, !disposed_, "the backend was disposed.");
  require(env, sessions > 0 && sessions <= 1000000 && !kinds.empty(), "a session needs layers and at least one stream.");
  require(env, numbers.size() == 4 * kinds.size() && tensors.size() == 3 * kinds.size(), "layers are incomplete.");
  std::vector<SessionLayer> layers;
  queue_->drain();
  size_t width = 0;
  for (size_t i = 0; i < kinds.size(); i++) {
    require(env, kinds[i] <= static_cast<size_t>(LayerKind::embedding), "there is no such layer.");
    SessionLayer layer;
    layer.kind = static_cast<LayerKind>(kinds[i]);
    layer.inputs = numbers[4 * i];
    layer.units = numbers[4 * i + 1];
    require(env, numbers[4 * i + 2] <= kReluActivation && numbers[4 * i + 3] <= kReluActivation, "there is no such activation.");
    layer.activation = static_cast<int>(numbers[4 * i + 2]);
    layer.recurrent_activation = static_cast<int>(numbers[4 * i + 3]);
    const TensorRef &kernel = tensors[3 * i], &recurrent = tensors[3 * i + 1], &bias = tensors[3 * i + 2];
    const size_t gates = layer.kind == LayerKind::lstm ? 4 : layer.kind == LayerKind::gru || layer.kind == LayerKind::gru_before ? 3 : 1;
    if (layer.kind == LayerKind::softmax) {
      require(env, i > 0, "softmax needs a layer before it.");
    } else {
      require(env, layer.units > 0 && layer.inputs > 0 && kernel != nullptr, "a layer needs a kernel.");
      require(env, layer.kind == LayerKind::embedding ? i == 0 : i == 0 || layer.inputs == width, "widths of layers differ.");
      require_count(env, kernel, product(env, {layer.inputs, gates, layer.units}), "kernel");
      if (layer.kind < LayerKind::linear) {
        require(env, recurrent != nullptr, "a recurrent layer needs a recurrentKernel.");
        require_count(env, recurrent, product(env, {layer.units, gates, layer.units}), "recurrentKernel");
      }
      require_count(env, bias, product(env, {layer.kind == LayerKind::gru ? 6 : gates, layer.units}), "bias");
      width = layer.units;
      product(env, {sessions, gates + 1, layer.units + layer.inputs + 64});
    }
    for (const TensorRef& tensor : {kernel, recurrent, bias})
      if (tensor != nullptr && !tensor->error.empty()) fail(env, tensor->error);
    layer.kernel = copy_of(kernel);
    layer.recurrent_kernel = copy_of(recurrent);
    layer.bias = copy_of(bias);
    layers.push_back(std::move(layer));
  }
  SessionParts parts = {nullptr, sessions, queue_, pool_};
  try {
    parts.session = std::make_unique<Session>(Context{kernels_, pool_.get()}, sessions, std::move(layers), narrow);
  } catch (const std::bad_alloc&) {
    fail(env, "there is no memory left for the session.");
  }
  if (session_class_.IsEmpty()) session_class_ = Napi::Persistent(SessionObject::define(env));
  return session_class_.New({Napi::External<SessionParts>::New(env, &parts)});
}

}  // namespace lstm_native
