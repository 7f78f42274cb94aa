// Matrix product on pre-packed panels: C (+)= A * B, where A is read in place (rows or columns contiguous) and B lies in
// panels of kPanel columns, `depth` rows each; a last panel of at most kLanes columns is kLanes wide. Unused columns of
// the last panel are zero.
#pragma once
#include "simd.h"

namespace lstm_native {
namespace KERNEL_NS {

enum class Start { zero, bias, accumulate };

struct Product {
  const float* a;
  size_t lda;
  bool a_transposed;  // A(m, k) = a[k * lda + m] instead of a[m * lda + k]
  const float* panels;
  size_t depth;
  float* c;
  size_t ldc;
  size_t rows;
  size_t columns;  // written columns; the panels behind hold round_columns(columns)
  Start start;
  const float* bias;  // [columns] rounded up to kLanes, for Start::bias
};

KERNEL_INLINE size_t round_columns(size_t columns) { return (columns + kLanes - 1) / kLanes * kLanes; }
KERNEL_INLINE size_t packed_size(size_t depth, size_t columns) { return depth * round_columns(columns); }

void multiply(const Product& product);

// Packs rows [0, depth) of B into panels. `transposed`: B(k, n) = b[n * ldb + k] instead of b[k * ldb + n].
void pack(const float* b, size_t ldb, bool transposed, size_t depth, size_t columns, float* panels);

// Packs rows [0, depth) of the transpose of b into rows [first, first + depth) of panels that are `total` rows deep.
void pack_transposed_at(const float* b, size_t ldb, size_t depth, size_t columns, float* panels, size_t total,
                        size_t first);

}  // namespace KERNEL_NS
}  // namespace lstm_native
