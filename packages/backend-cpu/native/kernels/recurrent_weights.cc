// Weight gradients of a recurrent layer: rows^T * dG over all steps.
#include "functions.h"
#include "recurrent.h"

namespace lstm_native {
namespace KERNEL_NS {

namespace {

// One panel of V vectors of the gradients before the activations; adds their columns to the sums.
template <int V>
void pack_panel(const float* gates, size_t ld, size_t count, float* out, float* sums) {
  vf sum[V];
  unrolled<0, V>([&](auto v) __attribute__((always_inline)) { sum[v.value] = load(sums + v.value * kLanes); });
  for (size_t k = 0; k < count; k++) {
    const float* from = gates + k * ld;
    unrolled<0, V>([&](auto v) __attribute__((always_inline)) {
      if constexpr (v.value * kLanes % 16 == 0) __builtin_prefetch(from + 12 * ld + v.value * kLanes);
      const vf value = load(from + v.value * kLanes);
      store(out + (k * V + v.value) * kLanes, value);
      sum[v.value] += value;
    });
  }
  unrolled<0, V>([&](auto v) __attribute__((always_inline)) { store(sums + v.value * kLanes, sum[v.value]); });
}

void pack_and_sum(const float* gates, size_t ld, size_t count, size_t padded, float* panels, float* sums) {
  for (size_t column = 0; column < padded;) {
    const size_t vectors = panel_vectors((padded - column) / kLanes);
    float* out = panels + column * count;
    if (vectors == 1) {
      pack_panel<1>(gates + column, ld, count, out, sums + column);
    } else if (vectors == 2) {
      pack_panel<2>(gates + column, ld, count, out, sums + column);
    } else {
      pack_panel<3>(gates + column, ld, count, out, sums + column);
    }
    column += vectors * kLanes;
  }
}

}  // namespace

// One block of columns, in chunks whose panels stay in the second cache; kernel and recurrent kernel share the panels where
// the same gates feed on both.
void weight_gradient(const WeightGradient* parameters) {
  const WeightGradient& w = *parameters;
  const CellLayout layout = cell_layout(w.cell);
  const size_t groups = layout.count[w.feed];
  const size_t* source = layout.source[w.feed];
  const size_t ub = block_units(w.units, w.block);
  const size_t column = block_column(layout, w.units, w.block) + layout.first[w.feed] * ub;
  const size_t ld = padded_stride(gate_row(layout, w.units));
  const size_t padded = round_columns(groups * ub);
  const size_t stride = padded_stride(padded);
  float* panels = w.scratch;
  float* sums[2] = {panels + kGradientRows * padded, panels + kGradientRows * padded + w.products[0].height * stride};
  float bias[4 * kMostUnits + kPanelColumns] = {};
  bool fresh = true;
  constexpr size_t height_block = 64;  // rows of the result kept in the second cache with their inputs
  for (size_t s = 0; s < w.slice_count; s++) {
    const WeightGradientSlice& slice = w.slices[s];
    for (size_t first = 0; first < slice.count; first += kGradientRows) {
      const size_t count = slice.count - first < kGradientRows ? slice.count - first : kGradientRows;
      pack_and_sum(slice.gates + first * ld + column, ld, count, padded, panels, bias);
      for (int i = 0; i < 2; i++) {
        const WeightGradientProduct& product = w.products[i];
        if (product.out == nullptr) continue;
        const float* rows = slice.rows[i] + first * product.row_stride;
        for (size_t m = 0; m < product.height; m += height_block) {
          const size_t height = product.height - m < height_block ? product.height - m : height_block;
          multiply({rows + m, product.row_stride, true, {panels, nullptr}, count, sums[i] + m * stride, stride, height, padded,
                    fresh ? Start::zero : Start::accumulate, nullptr});
        }
      }
      fresh = false;
    }
  }
  const size_t u0 = block_start(w.units, w.block);
  for (size_t g = 0; g < groups; g++) {
    const size_t to = source[g] * w.units + u0;
    if (w.bias_out != nullptr) copy_row(bias + g * ub, w.bias_out + to, ub);
    for (int i = 0; i < 2; i++) {
      if (w.products[i].out == nullptr) continue;
      for (size_t m = 0; m < w.products[i].height; m++)
        copy_row(sums[i] + m * stride + g * ub, w.products[i].out + m * layout.parameters * w.units + to, ub);
    }
  }
}

void add_up(const float* x, size_t stride, size_t parts, float* out, size_t n) {
  for_vectors(n, [&](size_t i, int count) __attribute__((always_inline)) {
    vf sum = load_some(x + i, count);
    for (size_t part = 1; part < parts; part++) sum += load_some(x + part * stride + i, count);
    store_some(out + i, sum, count);
  });
}

void add_to(const float* x, float* sum, size_t n) { add_row(x, sum, n); }

}  // namespace KERNEL_NS
}  // namespace lstm_native
