// Matrix product on pre-packed panels: C (+)= A * B, where A is read in place (rows or columns contiguous) and B lies in
// panels, `depth` rows each, of kPanelVectors vectors; what is left at the end makes one or two narrower ones. Columns that
// pad the last vector are zero.
#pragma once
#include "simd.h"
#include "table.h"

namespace lstm_native {
namespace KERNEL_NS {

enum class Start { zero, bias, accumulate };

struct Product {
  const float* a;
  size_t lda;
  bool a_transposed;  // A(m, k) = a[k * lda + m] instead of a[m * lda + k]
  Panels panels;
  size_t depth;
  float* c;
  size_t ldc;
  size_t rows;
  size_t columns;  // written columns; the panels behind hold round_columns(columns)
  Start start;
  const float* bias;  // [columns] rounded up to kLanes, for Start::bias
  bool followed = false;  // right behind the panels lie those of the next product
};

KERNEL_INLINE size_t round_columns(size_t columns) { return (columns + kLanes - 1) / kLanes * kLanes; }
// Vectors in the next panel when so many are left: four of three are two and two, as one vector alone is slow.
KERNEL_INLINE size_t panel_vectors(size_t left) {
  if (kPanelVectors == 3 && left == 4) return 2;
  return left < kPanelVectors ? left : kPanelVectors;
}
KERNEL_INLINE size_t panel_columns(size_t padded_left) { return panel_vectors(padded_left / kLanes) * kLanes; }
// Full panels that stand at the front of so many vectors.
KERNEL_INLINE size_t full_panels(size_t vectors) {
  return kPanelVectors == 3 && vectors % 3 == 1 ? (vectors - 1) / 3 - (vectors > 1 ? 1 : 0) : vectors / kPanelVectors;
}
KERNEL_INLINE size_t packed_size(size_t depth, size_t columns) { return depth * round_columns(columns); }

void multiply(const Product& product);

// Packs rows [0, depth) of B into panels. `transposed`: B(k, n) = b[n * ldb + k] instead of b[k * ldb + n].
void pack(const float* b, size_t ldb, bool transposed, size_t depth, size_t columns, float* panels);

// Packs rows [0, depth) of the transpose of b into rows [first, first + depth) of panels that are `total` rows deep.
void pack_transposed_at(const float* b, size_t ldb, size_t depth, size_t columns, float* panels, size_t total,
                        size_t first);

}  // namespace KERNEL_NS
}  // namespace lstm_native
