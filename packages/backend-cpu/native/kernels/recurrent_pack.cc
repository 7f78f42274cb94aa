#include "functions.h"
#include "recurrent.h"

namespace lstm_native {
namespace KERNEL_NS {

namespace {

// Columns of one block, gate by gate, into panels.
void pack_block(const float* weights, size_t depth, size_t units, size_t parameters, const size_t* source,
                size_t groups, size_t block, float* panels) {
  const size_t ub = block_units(units, block);
  const size_t columns = gate_columns(groups, ub);
  float row[4 * kMostUnits + kPanelColumns] = {};
  for (size_t k = 0; k < depth; k++) {
    const float* from = weights + k * parameters * units + block_start(units, block);
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
  out->kernel_panels = panels_size(inputs, layout.count[kKernelFeed], units);
  out->recurrent_panels = panels_size(units, layout.count[kRecurrentFeed], units);
  if (layout.count[kCandidateFeed] > 0) out->recurrent_panels += panels_size(units, layout.count[kCandidateFeed], units);
  out->bias = row + kPanelColumns;
  out->kernel_panels_transposed = transposed_panels_size(layout, kKernelFeed, units, inputs);
  out->recurrent_panels_transposed = transposed_panels_size(layout, kRecurrentFeed, units, units);
  if (layout.count[kCandidateFeed] > 0)
    out->recurrent_panels_transposed += transposed_panels_size(layout, kCandidateFeed, units, units);
  const size_t columns = padded_stride(gate_columns(layout.count[kKernelFeed], units < kMostUnits ? units : kMostUnits));
  out->weight_gradient_scratch = columns * (kGradientRows + inputs + units);
}

// Packs one block of the weights; bias_out [bias] holds, in gate-buffer columns, what the projection starts from.
void pack_recurrent(int cell, const float* kernel, const float* recurrent, const float* bias, size_t inputs,
                    size_t units, size_t block, float* kernel_panels, float* recurrent_panels, float* bias_out) {
  const CellLayout layout = cell_layout(cell);
  const size_t u0 = block_start(units, block);
  const size_t ub = block_units(units, block);
  const auto pack_feed = [&](int feed, const float* weights, size_t depth, float* panels) {
    if (layout.count[feed] > 0)
      pack_block(weights, depth, units, layout.parameters, layout.source[feed], layout.count[feed], block,
                 panels + depth * u0 * layout.count[feed]);
  };
  pack_feed(kKernelFeed, kernel, inputs, kernel_panels);
  pack_feed(kRecurrentFeed, recurrent, units, recurrent_panels);
  pack_feed(kCandidateFeed, recurrent, units, recurrent_panels + panels_size(units, layout.count[kRecurrentFeed], units));
  float* out = bias_out + block_column(layout, units, block);
  const size_t end = block + 1 == block_count(units) ? gate_row(layout, units) + kPanelColumns : block_column(layout, units, block + 1);
  for (size_t j = 0; j < end - block_column(layout, units, block); j++) out[j] = 0.0f;
  if (bias == nullptr) return;
  for (size_t g = 0; g < layout.count[kKernelFeed]; g++)
    for (size_t u = 0; u < ub; u++)
      out[(layout.first[kKernelFeed] + g) * ub + u] = bias[layout.source[kKernelFeed][g] * units + u0 + u];
  if (cell != kGru) return;
  // The second row of the bias belongs to the recurrent product: its z and r shares join the first row's.
  for (size_t g = 0; g < layout.count[kRecurrentFeed]; g++)
    for (size_t u = 0; u < ub; u++)
      out[(layout.first[kRecurrentFeed] + g) * ub + u] += bias[(3 + layout.source[kRecurrentFeed][g]) * units + u0 + u];
}

namespace {

void pack_transposed_feed(const CellLayout& layout, int feed, const float* weights, size_t height, size_t units, float* panels) {
  const size_t groups = layout.count[feed];
  const bool whole = whole_rows(layout, feed);
  const size_t total = gate_row(layout, units);
  for (size_t block = 0; block < block_count(units); block++) {
    const size_t ub = block_units(units, block);
    float* out = whole ? panels : panels + block_start(units, block) * groups * round_columns(height);
    for (size_t g = 0; g < groups; g++)
      pack_transposed_at(weights + layout.source[feed][g] * units + block_start(units, block), layout.parameters * units, ub, height,
                         out, whole ? total : groups * ub, (whole ? block_column(layout, units, block) : 0) + g * ub);
  }
  if (!whole) return;
  const size_t used = layout.groups * units;  // the padding rows
  for (size_t column = 0; column < round_columns(height);) {
    const size_t width = panel_columns(round_columns(height) - column);
    for (size_t i = used * width; i < total * width; i++) panels[column * total + i] = 0.0f;
    column += width;
  }
}

}  // namespace

// Panels of the transpose of the kernel ([height, gates * units]) in the order of the gate buffer.
void pack_recurrent_transposed(int cell, const float* weights, bool recurrent, size_t height, size_t units,
                               float* panels) {
  const CellLayout layout = cell_layout(cell);
  if (!recurrent) {
    pack_transposed_feed(layout, kKernelFeed, weights, height, units, panels);
    return;
  }
  pack_transposed_feed(layout, kRecurrentFeed, weights, height, units, panels);
  if (layout.count[kCandidateFeed] > 0)
    pack_transposed_feed(layout, kCandidateFeed, weights, height, units,
                         panels + transposed_panels_size(layout, kRecurrentFeed, units, height));
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
