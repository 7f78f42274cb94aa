#pragma once
#include "../runtime/dispatch.h"
#include "../runtime/recurrent.h"
#include "check.h"

namespace lstm_native_test {

// What is tested: one instruction set on so many threads.
struct Subject {
  lstm_native::Context context;
};

}  // namespace lstm_native_test
