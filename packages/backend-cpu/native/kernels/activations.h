// Activations by number, and their derivatives as a function of the activation's own output.
#pragma once
#include "table.h"
#include "vector_math.h"

namespace lstm_native {
namespace KERNEL_NS {

KERNEL_INLINE vf activate(int kind, vf x) {
  switch (kind) {
    case kTanhActivation:
      return tanh_vector(x);
    case kSigmoidActivation:
      return sigmoid_vector(x);
    case kHardSigmoidActivation:
      return at_least(zero(), at_most(splat(1.0f), x * (1.0f / 6.0f) + 0.5f));
    case kReluActivation:
      return at_least(zero(), x);
    default:
      return x;
  }
}

// gradient * activation'(x), from y = activation(x).
KERNEL_INLINE vf activation_gradient(int kind, vf y, vf gradient) {
  switch (kind) {
    case kTanhActivation:
      return gradient * (1.0f - y * y);
    case kSigmoidActivation:
      return gradient * (y * (1.0f - y));
    case kHardSigmoidActivation: {
      const vi inside = (y > 0.0f) & (y < 1.0f);
      return inside ? gradient * (1.0f / 6.0f) : zero();
    }
    case kReluActivation:
      return y > 0.0f ? gradient : zero();
    default:
      return gradient;
  }
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
