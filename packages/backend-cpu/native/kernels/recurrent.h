// How the gates of a recurrent layer lie in memory. Units come in blocks of 48, the last of up to 64, and so does each half of the
// units where a layer has few blocks; all but the very last hold whole vectors, and that one is padded to them. A row of the gate
// buffer holds block after block, and within a block the gates side by side, so that one block's gates are still in the first caches
// when its activations are computed.
//   LSTM       i f c o                the kernel and the recurrent kernel feed all four
//   GRU        h z r n                the kernel feeds h z r, the recurrent kernel z r n (n is its share of h)
//   GRU with the reset before         z r h: the kernel feeds all, the recurrent kernel z r, its candidate part h
//   simple     h
#pragma once
#include "gemm.h"
#include "table.h"

namespace lstm_native {
namespace KERNEL_NS {

constexpr size_t kBlockUnits = 48;     // four gates are whole panels
constexpr size_t kChunkRows = 256;     // rows of input projected at a time
constexpr size_t kGradientRows = 512;  // rows summed up at a time in a gradient of weights

struct CellLayout {
  size_t groups;                // gates side by side in the buffer
  size_t first[3], count[3];    // of the gates that the kernel, the recurrent kernel and its candidate part feed
  size_t source[3][4];          // position in the packed parameters of each of these
  size_t parameters;            // gates in the packed parameters
};

KERNEL_INLINE CellLayout cell_layout(int cell) {
  if (cell == kLstm) return {4, {0, 0, 0}, {4, 4, 0}, {{0, 1, 2, 3}, {0, 1, 2, 3}, {}}, 4};
  if (cell == kGru) return {4, {0, 1, 0}, {3, 3, 0}, {{2, 0, 1, 0}, {0, 1, 2, 0}, {}}, 3};
  if (cell == kGruBefore) return {3, {0, 0, 2}, {3, 2, 1}, {{0, 1, 2, 0}, {0, 1, 0, 0}, {2, 0, 0, 0}}, 3};
  return {1, {0, 0, 0}, {1, 1, 0}, {{0}, {0}, {}}, 1};
}

constexpr size_t kMostUnits = kBlockUnits + 16;  // what is left after the last whole block joins it when it is little

// Two threads can't share a few blocks evenly: from three to eight of them each half of the units has blocks of its own.
KERNEL_INLINE size_t first_part(size_t units) {
  return units > kBlockUnits + kMostUnits && units <= 8 * kBlockUnits ? (units / 2 + 15) / 16 * 16 : units;
}
KERNEL_INLINE size_t blocks_of_part(size_t units) {
  return units <= kMostUnits ? 1 : (units - kMostUnits + kBlockUnits - 1) / kBlockUnits + 1;
}
KERNEL_INLINE size_t block_count(size_t units) {
  const size_t part = first_part(units);
  return blocks_of_part(part) + (part < units ? blocks_of_part(units - part) : 0);
}
// The first unit of a block; all units for the block behind the last.
KERNEL_INLINE size_t block_start(size_t units, size_t block) {
  if (block == block_count(units)) return units;
  const size_t part = first_part(units), blocks = blocks_of_part(part);
  return block < blocks ? block * kBlockUnits : part + (block - blocks) * kBlockUnits;
}
KERNEL_INLINE size_t block_units(size_t units, size_t block) {
  return block_start(units, block + 1) - block_start(units, block);
}
KERNEL_INLINE size_t block_column(const CellLayout& layout, size_t units, size_t block) {
  return block_start(units, block) * layout.groups;
}

// A leading dimension: whole cache lines, and no multiple of 256 bytes, which would map rows onto the same cache sets.
KERNEL_INLINE size_t padded_stride(size_t columns) {
  const size_t rounded = (columns + 15) / 16 * 16;
  return rounded % 64 == 0 ? rounded + 16 : rounded;
}

// Columns of a block from `first` on that a product over `groups` gates writes, padding included.
KERNEL_INLINE size_t gate_columns(size_t groups, size_t units) { return round_columns(groups * units); }

KERNEL_INLINE size_t gate_row(const CellLayout& layout, size_t units) {
  const size_t last = block_count(units) - 1;
  const size_t ub = block_units(units, last);
  const size_t a = layout.first[kKernelFeed] * ub + gate_columns(layout.count[kKernelFeed], ub);
  const size_t b = layout.first[kRecurrentFeed] * ub + gate_columns(layout.count[kRecurrentFeed], ub);
  return block_column(layout, units, last) + round_columns(a > b ? a : b);
}

// A product with a transposed kernel runs over whole rows where all gates take part (padding included, which is zero), else
// block by block.
KERNEL_INLINE bool whole_rows(const CellLayout& layout, int feed) { return layout.count[feed] == layout.groups; }

// Floats of the panels of a kernel that feeds on so many gates.
KERNEL_INLINE size_t panels_size(size_t depth, size_t groups, size_t units) {
  const size_t last = block_count(units) - 1;
  return depth * (block_start(units, last) * groups + gate_columns(groups, block_units(units, last)));
}
KERNEL_INLINE size_t transposed_panels_size(const CellLayout& layout, int feed, size_t units, size_t height) {
  return packed_size(whole_rows(layout, feed) ? gate_row(layout, units) : layout.count[feed] * units, height);
}

KERNEL_INLINE void copy_row(const float* from, float* to, size_t n) {
  for_vectors(n, [&](size_t i, int count) { store_some(to + i, load_some(from + i, count), count); });
}
KERNEL_INLINE void zero_row(float* to, size_t n) {
  for_vectors(n, [&](size_t i, int count) { store_some(to + i, zero(), count); });
}
KERNEL_INLINE void multiply_row(const float* a, const float* b, float* to, size_t n) {
  for_vectors(n,
              [&](size_t i, int count) { store_some(to + i, load_some(a + i, count) * load_some(b + i, count), count); });
}
KERNEL_INLINE void add_row(const float* a, float* to, size_t n) {
  for_vectors(n,
              [&](size_t i, int count) { store_some(to + i, load_some(to + i, count) + load_some(a + i, count), count); });
}

// Asks for a row that the next step reads or writes: rows of one sequence lie far from those of the next, which the processor
// does not foresee.
KERNEL_INLINE void prefetch_row(const float* row, size_t n) {
  for (size_t i = 0; i < n; i += 16) __builtin_prefetch(row + i);
}
KERNEL_INLINE void prefetch_written_row(const float* row, size_t n) {
  for (size_t i = 0; i < n; i += 16) __builtin_prefetch(row + i, 1);
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
