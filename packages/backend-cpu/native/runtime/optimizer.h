// One step of an optimizer over all parameters.
#pragma once
#include <vector>

#include "recurrent.h"

namespace lstm_native {

struct OptimizedTensor {
  float* values;
  const float* gradient;
  float* slots[3];  // those that the rule has
  size_t count;
};

struct OptimizerOutcome {
  float norm;    // of all gradients together, before they are clipped
  bool updated;  // false where the norm or the loss is not finite: nothing has changed then
};

// clip_norm: the largest norm of all gradients together, 0 for any. Bits do not depend on the number of threads.
OptimizerOutcome step_optimizer(const Context& context, OptimizerNumbers numbers, double clip_norm, float loss,
                                const std::vector<OptimizedTensor>& tensors);

}  // namespace lstm_native
