#include "arguments.h"

#include <cmath>

#include "engine.h"

namespace lstm_native {

void fail(Napi::Env env, const std::string& message) { throw Napi::Error::New(env, message); }

size_t as_size(Napi::Env env, double value) {
  require(env, !(value > 4294967295.0), kTooLarge);
  require(env, value >= 0 && value == std::floor(value), "a size must be an integer.");
  return static_cast<size_t>(value);
}

double number_argument(const Napi::CallbackInfo& info, size_t index) {
  require(info.Env(), info[index].IsNumber(), "an argument must be a number.");
  return info[index].As<Napi::Number>().DoubleValue();
}

double number_argument(const Command& command, size_t index) {
  require(command.Env(), index < command.count, "an argument is missing.");
  return command.numbers[index];
}

size_t rank_argument(const Command& command, size_t index) {
  constexpr size_t most = 32;
  const size_t rank = size_argument(command, index);
  require(command.Env(), rank > 0 && rank <= most, "there must be 1 to 32 axes.");
  return rank;
}

std::vector<size_t> sizes_argument(const Command& command, size_t first, size_t count) {
  std::vector<size_t> sizes(count);
  for (size_t i = 0; i < count; i++) sizes[i] = size_argument(command, first + i);
  return sizes;
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
  for (const double value : numbers_argument(info, index)) sizes.push_back(as_size(info.Env(), value));
  return sizes;
}

size_t product(Napi::Env env, const std::vector<size_t>& sizes) {
  size_t total = 1;
  for (const size_t size : sizes) {
    require(env, size == 0 || total <= 4294967295u / size, kTooLarge);
    total *= size;
  }
  return total;
}

void require_count(Napi::Env env, const TensorRef& tensor, size_t count, const char* name) {
  if (tensor != nullptr && tensor->count != count)
    fail(env, std::string(name) + " holds " + std::to_string(tensor->count) + " elements, not " + std::to_string(count) + ".");
}

Engine::Slot* Engine::slot_of(double handle) {
  if (!(handle > 0 && handle < 9007199254740992.0 && handle == std::floor(handle))) return nullptr;
  const uint64_t value = static_cast<uint64_t>(handle);
  const size_t slot = value & (kMaxSlots - 1);
  return slot < slots_.size() && slots_[slot].generation == value >> kSlotBits ? &slots_[slot] : nullptr;
}

TensorRef Engine::find_any(Napi::Env env, double handle) {
  require(env, !disposed_, "the backend was disposed.");
  const Slot* slot = slot_of(handle);
  require(env, slot != nullptr && slot->tensor != nullptr, "the tensor was freed or never existed.");
  if (slot->tensor->refused) fail(env, slot->tensor->error);
  return slot->tensor;
}

TensorRef Engine::find(Napi::Env env, double handle) {
  const TensorRef tensor = find_any(env, handle);
  require(env, tensor->saved == nullptr, "saved values are no tensor.");
  return tensor;
}

TensorRef Engine::find(Napi::Env env, double handle, Type type) {
  const TensorRef tensor = find(env, handle);
  require(env, tensor->type == type, type == Type::float32 ? "a tensor must be float32." : "a tensor must be int32.");
  return tensor;
}

TensorRef Engine::optional_argument(const Info& info, size_t index, Type type) {
  const double handle = number_argument(info, index);
  return handle == 0 ? nullptr : find(info.Env(), handle, type);
}

std::vector<TensorRef> Engine::tensors_argument(const Info& info, size_t index, Type type) {
  std::vector<TensorRef> tensors;
  for (const double handle : numbers_argument(info, index))
    tensors.push_back(handle == 0 ? nullptr : find(info.Env(), handle, type));
  return tensors;
}

}  // namespace lstm_native
