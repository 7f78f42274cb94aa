// Kernels that take a matrix row by row: softmax, cross-entropy, layer normalization; and the square-block transpose.
#include "functions.h"
#include "table.h"
#include "vector_math.h"

namespace lstm_native {
namespace KERNEL_NS {

namespace {

// Writes e^(x - max) to y (when not null) and returns the sum.
KERNEL_INLINE float exp_sum(const float* x, float top, float* y, size_t n) {
  vf sum = zero();
  for_vectors(n, [&](size_t i, int count) __attribute__((always_inline)) {
    const vf e = exp_vector(load_some(x + i, count) - top);
    if (y != nullptr) store_some(y + i, e, count);
    if (count == kLanes) {
      sum += e;
    } else {
      for (int j = 0; j < count; j++) sum[0] += e[j];
    }
  });
  return sum_lanes(sum);
}

KERNEL_INLINE float log_of(float x) { return log_vector(splat(x))[0]; }

}  // namespace

void softmax(const float* x, float* y, size_t rows, size_t classes) {
  for (size_t r = 0; r < rows; r++, x += classes, y += classes) {
    const float inverse = 1.0f / exp_sum(x, row_max(x, classes), y, classes);
    for_vectors(classes, [&](size_t i, int n) { store_some(y + i, load_some(y + i, n) * inverse, n); });
  }
}

void softmax_cross_entropy(const float* logits, const int32_t* labels, float* losses, float* lse, size_t rows,
                           size_t classes) {
  for (size_t r = 0; r < rows; r++, logits += classes) {
    const float top = row_max(logits, classes);
    // Kept relative to the largest logit where it counts: (max - x) + log(sum) loses no digits to a common offset.
    const float tail = log_of(exp_sum(logits, top, nullptr, classes));
    losses[r] = (top - logits[labels[r]]) + tail;
    lse[2 * r] = top;
    lse[2 * r + 1] = tail;
  }
}

void softmax_cross_entropy_backward(const float* logits, const int32_t* labels, const float* lse, const float* dlosses,
                                    float* dlogits, size_t rows, size_t classes) {
  for (size_t r = 0; r < rows; r++, logits += classes, dlogits += classes) {
    const float top = lse[2 * r], tail = lse[2 * r + 1], scale = dlosses[r];
    for_vectors(classes, [&](size_t i, int n) __attribute__((always_inline)) {
      store_some(dlogits + i, exp_vector((load_some(logits + i, n) - top) - tail) * scale, n);
    });
    dlogits[labels[r]] -= scale;
  }
}

void layer_norm(const float* x, const float* gamma, const float* beta, float epsilon, float* y, float* statistics,
                size_t rows, size_t features) {
  const float inverse = 1.0f / static_cast<float>(features);
  for (size_t r = 0; r < rows; r++, x += features, y += features) {
    vf sum = zero();
    for_vectors(features, [&](size_t i, int n) { sum += load_some(x + i, n); });
    const float mean = sum_lanes(sum) * inverse;
    vf squares = zero();
    for_vectors(features, [&](size_t i, int n) __attribute__((always_inline)) {
      const vf d = load_some(x + i, n) - mean;
      if (n == kLanes) {
        squares += d * d;
      } else {
        for (int j = 0; j < n; j++) squares[0] += d[j] * d[j];
      }
    });
    const float scale = 1.0f / __builtin_sqrtf(sum_lanes(squares) * inverse + epsilon);
    statistics[2 * r] = mean;
    statistics[2 * r + 1] = scale;
    for_vectors(features, [&](size_t i, int n) __attribute__((always_inline)) {
      vf v = (load_some(x + i, n) - mean) * scale;
      if (gamma != nullptr) v *= load_some(gamma + i, n);
      if (beta != nullptr) v += load_some(beta + i, n);
      store_some(y + i, v, n);
    });
  }
}

// dx = scale (g - mean(g) - xhat mean(g xhat)) with g = dy gamma; dgamma and dbeta are added to.
void layer_norm_backward(const float* x, const float* gamma, const float* statistics, const float* dy, float* dx,
                         float* dgamma, float* dbeta, size_t rows, size_t features) {
  const float inverse = 1.0f / static_cast<float>(features);
  for (size_t r = 0; r < rows; r++, x += features, dy += features) {
    const float mean = statistics[2 * r], scale = statistics[2 * r + 1];
    vf sum = zero(), product = zero();
    for_vectors(features, [&](size_t i, int n) __attribute__((always_inline)) {
      const vf gradient = load_some(dy + i, n);
      const vf normal = (load_some(x + i, n) - mean) * scale;
      const vf g = gamma == nullptr ? gradient : gradient * load_some(gamma + i, n);
      sum += g;  // zero in the unused lanes, for dy is
      product += g * normal;
      if (dgamma != nullptr) store_some(dgamma + i, load_some(dgamma + i, n) + gradient * normal, n);
      if (dbeta != nullptr) store_some(dbeta + i, load_some(dbeta + i, n) + gradient, n);
    });
    if (dx == nullptr) continue;
    const float a = sum_lanes(sum) * inverse, b = sum_lanes(product) * inverse;
    float* to = dx + r * features;
    for_vectors(features, [&](size_t i, int n) __attribute__((always_inline)) {
      const vf gradient = load_some(dy + i, n);
      const vf normal = (load_some(x + i, n) - mean) * scale;
      const vf g = gamma == nullptr ? gradient : gradient * load_some(gamma + i, n);
      store_some(to + i, scale * ((g - a) - normal * b), n);
    });
  }
}

void transpose2d(const float* x, size_t rows, size_t columns, size_t x_stride, float* y, size_t y_stride) {
  constexpr size_t block = 16;
  for (size_t r0 = 0; r0 < rows; r0 += block) {
    const size_t r1 = rows - r0 < block ? rows : r0 + block;
    for (size_t c0 = 0; c0 < columns; c0 += block) {
      const size_t c1 = columns - c0 < block ? columns : c0 + block;
      for (size_t c = c0; c < c1; c++)
        for (size_t r = r0; r < r1; r++) y[c * y_stride + r] = x[r * x_stride + c];
    }
  }
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
