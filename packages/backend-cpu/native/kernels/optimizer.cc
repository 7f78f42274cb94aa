#include "functions.h"
#include "table.h"
#include "vector_math.h"

namespace lstm_native {
namespace KERNEL_NS {

namespace {

KERNEL_INLINE vf root(vf x) {
#if defined(__AVX512F__)
  return (vf)_mm512_sqrt_ps((__m512)x);
#elif defined(__AVX2__)
  return (vf)_mm256_sqrt_ps((__m256)x);
#elif defined(__SSE2__)
  return (vf)_mm_sqrt_ps((__m128)x);
#else
  vf y = {};
  for (int i = 0; i < kLanes; i++) y[i] = __builtin_sqrtf(x[i]);
  return y;
#endif
}

// The gradient after value clipping, norm clipping and coupled weight decay.
KERNEL_INLINE vf prepared(const OptimizerNumbers& o, vf g, vf p) {
  if (o.clip_value > 0.0f) g = at_least(splat(-o.clip_value), at_most(splat(o.clip_value), g));
  g = g * o.scale;
  return o.weight_decay != 0.0f && !o.decoupled ? g + o.weight_decay * p : g;
}

}  // namespace

// The formulas of Keras: the rate enters the velocity, epsilon of RMSprop stands under the root.
void optimizer(const OptimizerNumbers* numbers, float* p, const float* g, float* s0, float* s1, float* s2, size_t n) {
  const OptimizerNumbers o = *numbers;
  for_vectors(n, [&](size_t i, int c) __attribute__((always_inline)) {
    vf parameter = load_some(p + i, c);
    const vf gradient = prepared(o, load_some(g + i, c), parameter);
    if (o.rule == 0) {
      vf change = -o.learning_rate * gradient;
      if (s0 != nullptr) {
        const vf velocity = o.momentum * load_some(s0 + i, c) + change;
        store_some(s0 + i, velocity, c);
        change = o.nesterov ? o.momentum * velocity + change : velocity;
      }
      parameter = parameter + change;
    } else if (o.rule == 1) {
      const vf m = o.beta1 * load_some(s0 + i, c) + o.rest1 * gradient;
      const vf v = o.beta2 * load_some(s1 + i, c) + (o.rest2 * gradient) * gradient;
      store_some(s0 + i, m, c);
      store_some(s1 + i, v, c);
      if (o.decoupled) parameter = parameter - (o.learning_rate * o.weight_decay) * parameter;
      parameter = parameter - o.corrected_rate * (m / (root(v) + o.epsilon));
    } else {
      const vf square = o.rho * load_some(s0 + i, c) + (o.rest * gradient) * gradient;
      store_some(s0 + i, square, c);
      vf variance = square;
      float* velocities = s1;
      if (o.centered) {
        const vf mean = o.rho * load_some(s1 + i, c) + o.rest * gradient;
        store_some(s1 + i, mean, c);
        variance = square - mean * mean;
        velocities = s2;
      }
      vf change = o.learning_rate * gradient / root(at_least(zero(), variance) + o.epsilon);
      if (o.momentum > 0.0f) {
        change = o.momentum * load_some(velocities + i, c) + change;
        store_some(velocities + i, change, c);
      }
      parameter = parameter - change;
    }
    store_some(p + i, parameter, c);
  });
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
