// One recurrent layer walked one way, as the tests and the benchmark call it.
#pragma once
#include "../runtime/recurrent.h"

namespace lstm_native_test {

struct RecurrentLayer {
  int cell, activation, recurrent_activation;
  bool reverse, zero_masked;
  size_t batch, steps, inputs, units;
  const float *x, *kernel, *recurrent_kernel, *bias, *h0, *c0, *mask, *dropout, *recurrent_dropout;
};

inline lstm_native::StackUnit unit_of(const RecurrentLayer& l) {
  return {0,       l.cell,  l.activation,       l.recurrent_activation, l.reverse, l.zero_masked, l.inputs,
          l.units, l.kernel, l.recurrent_kernel, l.bias,                 l.h0,      l.c0,          l.dropout,
          l.recurrent_dropout};
}

inline lstm_native::Stack stack_of(const RecurrentLayer& l) {
  return {l.batch, l.steps, l.x, nullptr, nullptr, 0, l.mask, {unit_of(l)}};
}

}  // namespace lstm_native_test
