#include "arguments.h"

#include <cmath>

#include "engine.h"

namespace lstm_native {

namespace {

size_t size_of(Napi::Env env, double value) {
  require(env, value >= 0 && value <= 4294967295.0 && value == std::floor(value), "a size must be an integer.");
  return static_cast<size_t>(value);
}

}  // namespace

void fail(Napi::Env env, const std::string& message) { throw Napi::Error::New(env, message); }

double number_argument(const Napi::CallbackInfo& info, size_t index) {
  require(info.Env(), info[index].IsNumber(), "an argument must be a number.");
  return info[index].As<Napi::Number>().DoubleValue();
}

size_t size_argument(const Napi::CallbackInfo& info, size_t index) {
  return size_of(info.Env(), number_argument(info, index));
}

std::vector<double> numbers_argument(const Napi::CallbackInfo& info, size_t index) {
  require(info.Env(), info[index].IsArray(), "an argument must be an array of numbers.");
  const Napi::Array array = info[index].As<Napi::Array>();
  require(info.Env(), array.Length() < 1000000, "an array argument is too long.");
  std::vector<double> values(array.Length());
  for (uint32_t i = 0; i < values.size(); i++) {  // a getter may change the array's length
    const Napi::Value value = array[i];
    require(info.Env(), value.IsNumber(), "an argument must be an array of numbers.");
    values[i] = value.As<Napi::Number>().DoubleValue();
  }
  return values;
}

std::vector<size_t> sizes_argument(const Napi::CallbackInfo& info, size_t index) {
  std::vector<size_t> sizes;
  for (const double value : numbers_argument(info, index)) sizes.push_back(size_of(info.Env(), value));
  return sizes;
}

size_t product(Napi::Env env, const std::vector<size_t>& sizes) {
  size_t total = 1;
  for (const size_t size : sizes) {
    require(env, size == 0 || total <= 4294967295u / size, "a tensor may hold at most 4294967295 elements.");
    total *= size;
  }
  return total;
}

void require_count(Napi::Env env, const TensorRef& tensor, size_t count, const char* name) {
  if (tensor != nullptr && tensor->count != count)
    fail(env, std::string(name) + " holds " + std::to_string(tensor->count) + " elements, not " + std::to_string(count) + ".");
}

TensorRef Engine::find(Napi::Env env, double handle) const {
  require(env, !disposed_, "the backend was disposed.");
  if (handle > 0 && handle < 9007199254740992.0 && handle == std::floor(handle)) {
    const uint64_t value = static_cast<uint64_t>(handle);
    const size_t slot = value & (kMaxSlots - 1);
    if (slot < slots_.size() && slots_[slot].tensor != nullptr && slots_[slot].generation == value >> kSlotBits)
      return slots_[slot].tensor;
  }
  fail(env, "the tensor was freed or never existed.");
}

TensorRef Engine::find(Napi::Env env, double handle, Type type) const {
  const TensorRef tensor = find(env, handle);
  require(env, tensor->saved == nullptr, "saved values are no tensor.");
  require(env, tensor->type == type, type == Type::float32 ? "a tensor must be float32." : "a tensor must be int32.");
  return tensor;
}

TensorRef Engine::tensor_argument(const Info& info, size_t index) const {
  const TensorRef tensor = find(info.Env(), number_argument(info, index));
  require(info.Env(), tensor->saved == nullptr, "saved values are no tensor.");
  return tensor;
}

TensorRef Engine::tensor_argument(const Info& info, size_t index, Type type) const {
  return find(info.Env(), number_argument(info, index), type);
}

TensorRef Engine::optional_argument(const Info& info, size_t index, Type type) const {
  const double handle = number_argument(info, index);
  return handle == 0 ? nullptr : find(info.Env(), handle, type);
}

std::vector<TensorRef> Engine::tensors_argument(const Info& info, size_t index, Type type) const {
  std::vector<TensorRef> tensors;
  for (const double handle : numbers_argument(info, index))
    tensors.push_back(handle == 0 ? nullptr : find(info.Env(), handle, type));
  return tensors;
}

}  // namespace lstm_native
