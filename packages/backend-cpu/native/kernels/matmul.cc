#include "functions.h"
#include "activations.h"
#include "gemm.h"

namespace lstm_native {
namespace KERNEL_NS {

size_t matmul_packed_size(size_t depth, size_t columns) { return packed_size(depth, columns); }

// Rows [begin, end) of act(A B + bias), in pieces that are still in the second cache when they are activated.
void matmul(const MatmulOperand* a, const Panels* panels, size_t depth, size_t columns, float* c, size_t begin,
            size_t end, const float* bias, int activation) {
  constexpr size_t piece = 24 * kTileRows;
  for (size_t row = begin; row < end; row += piece) {
    const size_t rows = end - row < piece ? end - row : piece;
    const float* from = a->data + (a->transposed ? row : row * a->stride);
    float* to = c + row * columns;
    multiply({from, a->stride, a->transposed, *panels, depth, to, columns, rows, columns,
              bias == nullptr ? Start::zero : Start::bias, bias});
    if (activation == kLinearActivation) continue;
    for_vectors(rows * columns, [&](size_t i, int n) __attribute__((always_inline)) {
      store_some(to + i, activate(activation, load_some(to + i, n)), n);
    });
  }
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
