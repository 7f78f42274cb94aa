#include "functions.h"
#include "recurrent.h"

namespace lstm_native {
namespace KERNEL_NS {

namespace {

size_t panels_size(size_t depth, size_t groups, size_t units) {
  const size_t last = block_count(units) - 1;
  return depth * (last * kBlockUnits * groups + gate_columns(groups, block_units(units, last)));
}

// Columns of one block, gate by gate, into panels.
void pack_block(const float* weights, size_t depth, size_t units, size_t parameters, const size_t* source,
                size_t groups, size_t block, float* panels) {
  const size_t ub = block_units(units, block);
  const size_t columns = gate_columns(groups, ub);
  float row[4 * kMostUnits + kPanelColumns] = {};
  for (size_t k = 0; k < depth; k++) {
    const float* from = weights + k * parameters * units + block * kBlockUnits;
    for (size_t g = 0; g < groups; g++)
      for_vectors(ub, [&](size_t i, int n) { store_some(row + g * ub + i, load_some(from + source[g] * units + i, n), n); });
    for (size_t column = 0; column < columns;) {
      const size_t width = panel_columns(columns - column);
      float* out = panels + column * depth + k * width;
      for (size_t j = 0; j < width; j += kLanes) store(out + j, load(row + column + j));
      column += width;
    }
  }
}

}  // namespace

void recurrent_layout(int cell, size_t inputs, size_t units, RecurrentLayout* out) {
  const CellLayout layout = cell_layout(cell);
  const size_t row = gate_row(layout, units);
  out->blocks = block_count(units);
  out->gate_stride = padded_stride(row);
  out->state_stride = padded_stride(units);
  out->input_stride = padded_stride(inputs);
  out->chunk_rows = kChunkRows;
  out->kernel_panels = panels_size(inputs, layout.kernel_groups, units);
  out->recurrent_panels = panels_size(units, layout.recurrent_groups, units);
  out->bias = row + kPanelColumns;
  const size_t depth = whole_rows(layout) ? row : layout.kernel_groups * units;
  out->kernel_panels_transposed = packed_size(depth, inputs);
  out->recurrent_panels_transposed = packed_size(depth, units);
  const size_t columns = padded_stride(gate_columns(layout.kernel_groups, units < kMostUnits ? units : kMostUnits));
  out->weight_gradient_scratch = columns * (kChunkRows + inputs + units);
}

// Packs one block of the weights; bias_out [bias] holds, in gate-buffer columns, what the projection starts from.
void pack_recurrent(int cell, const float* kernel, const float* recurrent, const float* bias, size_t inputs,
                    size_t units, size_t block, float* kernel_panels, float* recurrent_panels, float* bias_out) {
  const CellLayout layout = cell_layout(cell);
  const size_t u0 = block * kBlockUnits;
  const size_t ub = block_units(units, block);
  pack_block(kernel, inputs, units, layout.parameters, layout.kernel_source, layout.kernel_groups, block,
             kernel_panels + inputs * u0 * layout.kernel_groups);
  pack_block(recurrent, units, units, layout.parameters, layout.recurrent_source, layout.recurrent_groups, block,
             recurrent_panels + units * u0 * layout.recurrent_groups);
  float* out = bias_out + block_column(layout, block);
  const size_t end = block + 1 == block_count(units) ? gate_row(layout, units) + kPanelColumns : block_column(layout, block + 1);
  for (size_t j = 0; j < end - block_column(layout, block); j++) out[j] = 0.0f;
  if (bias == nullptr) return;
  for (size_t g = 0; g < layout.kernel_groups; g++)
    for (size_t u = 0; u < ub; u++)
      out[(layout.kernel_first + g) * ub + u] = bias[layout.kernel_source[g] * units + u0 + u];
  if (cell != kGru) return;
  // The second row of the bias belongs to the recurrent product: its z and r shares join the first row's.
  for (size_t g = 0; g < layout.recurrent_groups; g++)
    for (size_t u = 0; u < ub; u++)
      out[(layout.recurrent_first + g) * ub + u] += bias[(3 + layout.recurrent_source[g]) * units + u0 + u];
}

// Panels of the transpose of the kernel ([height, gates * units]) in the order of the gate buffer.
void pack_recurrent_transposed(int cell, const float* weights, bool recurrent, size_t height, size_t units,
                               float* panels) {
  const CellLayout layout = cell_layout(cell);
  const size_t groups = recurrent ? layout.recurrent_groups : layout.kernel_groups;
  const size_t* source = recurrent ? layout.recurrent_source : layout.kernel_source;
  const bool whole = whole_rows(layout);
  const size_t total = gate_row(layout, units);
  for (size_t block = 0; block < block_count(units); block++) {
    const size_t ub = block_units(units, block);
    const size_t depth = groups * ub;
    float* out = whole ? panels : panels + block * kBlockUnits * groups * round_columns(height);
    for (size_t g = 0; g < groups; g++)
      pack_transposed_at(weights + source[g] * units + block * kBlockUnits, layout.parameters * units, ub, height, out,
                         whole ? total : depth, (whole ? block_column(layout, block) : 0) + g * ub);
  }
  if (!whole) return;
  const size_t used = layout.groups * units;  // the padding rows
  for (size_t column = 0; column < round_columns(height);) {
    const size_t width = panel_columns(round_columns(height) - column);
    for (size_t i = used * width; i < total * width; i++) panels[column * total + i] = 0.0f;
    column += width;
  }
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
