// Numbers and lists among the arguments of a call, and their checks: all throw a JavaScript error on what is no such value.
#pragma once
#include <napi.h>

#include <string>
#include <vector>

#include "queue.h"

namespace lstm_native {

[[noreturn]] void fail(Napi::Env env, const std::string& message);
inline void require(Napi::Env env, bool condition, const char* message) {
  if (!condition) fail(env, message);
}

constexpr const char* kTooLarge =
    "a tensor may hold at most 4294967295 elements. Use smaller batches, shorter sequences or fewer units.";

// A call whose arguments are numbers alone, as commands.cc takes it from memory.
struct Command {
  Napi::Env environment;
  const double* numbers;
  size_t count;
  Napi::Env Env() const { return environment; }  // as Napi::CallbackInfo has it
};

size_t as_size(Napi::Env env, double value);
double number_argument(const Napi::CallbackInfo& info, size_t index);
double number_argument(const Command& command, size_t index);
template <class Call>
size_t size_argument(const Call& call, size_t index) {
  return as_size(call.Env(), number_argument(call, index));
}
size_t rank_argument(const Command& command, size_t index);
std::vector<size_t> sizes_argument(const Command& command, size_t first, size_t count);
std::vector<double> numbers_argument(const Napi::CallbackInfo& info, size_t index);
std::vector<size_t> sizes_argument(const Napi::CallbackInfo& info, size_t index);

// The product of sizes; at most 2^32 elements, so that no byte count overflows.
size_t product(Napi::Env env, const std::vector<size_t>& sizes);
// Throws unless the tensor, where there is one, holds `count` elements.
void require_count(Napi::Env env, const TensorRef& tensor, size_t count, const char* name);

}  // namespace lstm_native
