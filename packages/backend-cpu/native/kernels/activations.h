// Activations by number, and their derivatives as a function of the activation's own output.
#pragma once
#include "table.h"
#include "vector_math.h"

namespace lstm_native {
namespace KERNEL_NS {

KERNEL_INLINE vf hard_sigmoid(vf x) { return at_least(zero(), at_most(splat(1.0f), x * (1.0f / 6.0f) + 0.5f)); }
KERNEL_INLINE vf rectify(vf x) { return at_least(zero(), x); }
KERNEL_INLINE vf hard_sigmoid_gradient(vf y, vf gradient) {
  const vi inside = (y > 0.0f) & (y < 1.0f);
  return inside ? gradient * (1.0f / 6.0f) : zero();
}
KERNEL_INLINE vf rectify_gradient(vf y, vf gradient) { return y > 0.0f ? gradient : zero(); }

template <class W>
KERNEL_INLINE W activate(int kind, W x) {
  switch (kind) {
    case kTanhActivation:
      return tanh_vector(x);
    case kSigmoidActivation:
      return sigmoid_vector(x);
    case kHardSigmoidActivation:
      return lift(LIFTED(hard_sigmoid), x);
    case kReluActivation:
      return lift(LIFTED(rectify), x);
    default:
      return x;
  }
}

// gradient * activation'(x), from y = activation(x).
template <class W>
KERNEL_INLINE W activation_gradient(int kind, W y, W gradient) {
  switch (kind) {
    case kTanhActivation:
      return gradient * (1.0f - y * y);
    case kSigmoidActivation:
      return gradient * (y * (1.0f - y));
    case kHardSigmoidActivation:
      return lift(LIFTED(hard_sigmoid_gradient), y, gradient);
    case kReluActivation:
      return lift(LIFTED(rectify_gradient), y, gradient);
    default:
      return gradient;
  }
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
