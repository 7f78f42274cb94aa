// Small kernels are called by writing numbers to memory that JavaScript and this side share: a call across the border takes
// longer than most of them do. A command is its number, how many arguments it has, the handle that its result was promised,
// and the arguments. The memory's first number says how many are in use, itself included.
#include <cmath>

#include "engine.h"

namespace lstm_native {

const Engine::CommandEntry Engine::kCommands[] = {
    {"release", nullptr},
    {"fill", &Engine::fill},
    {"cast", &Engine::cast},
    {"roundToBfloat16", &Engine::round_to_bfloat16},
    {"bernoulli", &Engine::bernoulli},
    {"unary", &Engine::unary},
    {"binary", &Engine::binary},
    {"select", &Engine::select},
    {"reduce", &Engine::reduce},
    {"matmul", &Engine::matmul},
    {"stridedCopy", &Engine::strided_copy},
    {"gather", &Engine::gather},
    {"scatterAdd", &Engine::scatter_add},
    {"cumulativeSum", &Engine::cumulative_sum},
};
const size_t Engine::kCommandCount = sizeof kCommands / sizeof *kCommands;

// The names of the commands, each at the place of its number.
Napi::Array Engine::command_names(Napi::Env env) {
  Napi::Array names = Napi::Array::New(env, kCommandCount);
  for (uint32_t i = 0; i < kCommandCount; i++) names[i] = Napi::String::New(env, kCommands[i].name);
  return names;
}

// setCommands(memory)
Napi::Value Engine::set_commands(const Info& info) {
  const Napi::Env env = info.Env();
  require(env, info[0].IsTypedArray() && info[0].As<Napi::TypedArray>().TypedArrayType() == napi_float64_array,
          "commands are written to a Float64Array.");
  commands_ = Napi::Persistent(info[0].As<Napi::Float64Array>());
  return env.Undefined();
}

// reserve(handles): fills the array with handles for results of commands.
Napi::Value Engine::reserve(const Info& info) {
  const Napi::Env env = info.Env();
  require(env, info[0].IsTypedArray() && info[0].As<Napi::TypedArray>().TypedArrayType() == napi_float64_array,
          "handles are written to a Float64Array.");
  Napi::Float64Array handles = info[0].As<Napi::Float64Array>();
  const size_t count = handles.ElementLength();
  require_slots(env, count);
  for (size_t i = 0; i < count; i++) {
    const size_t slot = take_slot(env);
    slots_[slot].reserved = true;
    handles[i] = handle_of(slot);
  }
  return env.Undefined();
}

// run(): nothing but what every method does first.
Napi::Value Engine::run(const Info& info) { return info.Env().Undefined(); }

void Engine::run_commands(Napi::Env env) {
  if (commands_.IsEmpty() || disposed_) return;
  Napi::Float64Array memory = commands_.Value();
  const size_t length = memory.ElementLength();  // 0 once somebody has taken the memory away
  if (length == 0) return;
  const double end = memory[0];
  memory[0] = 1;
  if (!(end > 1)) return;
  const size_t used = end < static_cast<double>(length) ? static_cast<size_t>(end) : length;
  numbers_.assign(memory.Data() + 1, memory.Data() + used);
  constexpr size_t head = 3;
  for (size_t at = 0; at + head <= numbers_.size();) {
    const double code = numbers_[at], arguments = numbers_[at + 1], result = numbers_[at + 2];
    at += head;
    if (!(arguments >= 0 && arguments <= static_cast<double>(numbers_.size() - at))) break;
    const size_t count = static_cast<size_t>(arguments);
    run_command(code, result, {env, numbers_.data() + at, count});
    at += count;
    constexpr size_t plenty = size_t{1} << 26;
    if (task_bytes_ > plenty) submit();
  }
  submit();
}

// What is wrong with a command is told by the first call that uses its result; a release that is refused tells nobody.
void Engine::run_command(double code, double result, const Command& command) {
  const CommandEntry* entry = nullptr;
  TensorRef tensor;
  try {
    require(command.Env(), code >= 0 && code < static_cast<double>(kCommandCount) && code == std::floor(code),
            "there is no such command.");
    entry = &kCommands[static_cast<size_t>(code)];
    if (entry->run == nullptr) {
      free_slot(command.Env(), number_argument(command, 0));
      return;
    }
    tensor = (this->*entry->run)(command);
  } catch (const Napi::Error& error) {
    const std::string& message = error.Message();
    const char* name = entry == nullptr ? "command" : entry->name;
    tensor = std::make_shared<Tensor>();
    tensor->refused = true;
    tensor->error = message[0] == '[' ? message : std::string("[") + name + "] " + message;
  }
  Slot* slot = slot_of(result);
  if (slot == nullptr || !slot->reserved) return;
  slot->reserved = false;
  slot->tensor = tensor;
  report(command.Env(), static_cast<int64_t>(tensor->held_bytes()));
}

}  // namespace lstm_native
