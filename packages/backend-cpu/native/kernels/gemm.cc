#include "gemm.h"

namespace lstm_native {
namespace KERNEL_NS {
namespace {

typedef void (*Micro)(const float* a, size_t lda, const float* b, size_t depth, float* c, size_t ldc, Start start,
                      const float* bias, const float* next);

// R rows by V vectors. V is 1 (a narrow last panel) or even: V / 2 panels side by side.
template <int R, int V, bool T>
void micro(const float* a, size_t lda, const float* b, size_t depth, float* c, size_t ldc, Start start,
           const float* bias, const float* next) {
  constexpr int width = V == 1 ? kLanes : kPanel;
  constexpr int per_panel = V == 1 ? 1 : 2;
  constexpr int panels = V / per_panel;
  const size_t panel_stride = depth * width;
  vf sum[R][V];
  if (start == Start::bias) {
    for (int v = 0; v < V; v++) {
      const vf value = load(bias + v * kLanes);
      for (int r = 0; r < R; r++) sum[r][v] = value;
    }
  } else {
    for (int r = 0; r < R; r++)
      for (int v = 0; v < V; v++) sum[r][v] = zero();
  }
  if (start == Start::accumulate) {
    for (int r = 0; r < R; r++)
      for (int v = 0; v < V; v += 16 / kLanes > 0 ? 16 / kLanes : 1) __builtin_prefetch(c + r * ldc + v * kLanes, 1);
  }
  const float* a0 = a;
  for (size_t k = 0; k < depth; k++) {
    if (next != nullptr) __builtin_prefetch(next + k * width);
    vf bv[V];
    for (int p = 0; p < panels; p++)
      for (int v = 0; v < per_panel; v++) bv[p * per_panel + v] = load(b + p * panel_stride + v * kLanes);
    for (int r = 0; r < R; r++) {
      const vf av = splat(T ? a0[r] : a0[r * lda]);
      for (int v = 0; v < V; v++) sum[r][v] += av * bv[v];
    }
    a0 += T ? lda : 1;
    b += width;
  }
  if (start == Start::accumulate) {
    for (int r = 0; r < R; r++)
      for (int v = 0; v < V; v++) store(c + r * ldc + v * kLanes, load(c + r * ldc + v * kLanes) + sum[r][v]);
  } else {
    for (int r = 0; r < R; r++)
      for (int v = 0; v < V; v++) store(c + r * ldc + v * kLanes, sum[r][v]);
  }
}

// Vectors side by side for a tile of so many rows: few rows need more columns to keep both multipliers busy.
constexpr int wide_vectors(int rows) {
  return kTileRows == 12 ? (rows == 1 ? 16 : rows == 2 ? 8 : rows == 3 ? 8 : rows == 4 ? 6 : rows <= 6 ? 4 : 2)
                         : (rows == 1 ? 8 : rows == 2 ? 4 : rows == 3 ? 4 : 2);
}

struct Tile {
  Micro narrow[2];  // [transposed]
  Micro normal[2];
  Micro wide[2];
};

template <int R>
constexpr Tile tile() {
  return {{micro<R, 1, false>, micro<R, 1, true>},
          {micro<R, 2, false>, micro<R, 2, true>},
          {micro<R, wide_vectors(R), false>, micro<R, wide_vectors(R), true>}};
}

#if defined(__AVX512F__) || defined(__aarch64__)
const Tile tiles[kTileRows + 1] = {{},        tile<1>(), tile<2>(), tile<3>(),  tile<4>(),  tile<5>(), tile<6>(),
                                   tile<7>(), tile<8>(), tile<9>(), tile<10>(), tile<11>(), tile<12>()};
#else
const Tile tiles[kTileRows + 1] = {{}, tile<1>(), tile<2>(), tile<3>(), tile<4>(), tile<5>(), tile<6>()};
#endif

// A tile that reaches past the last valid column goes through a buffer.
void edge(Micro run, const Product& p, const float* a, size_t rows, size_t column, size_t width) {
  float buffer[kTileRows * kPanel];
  float bias[kPanel];
  const size_t valid = p.columns - column;
  if (p.start == Start::bias)
    for (size_t j = 0; j < width; j++) bias[j] = j < valid ? p.bias[column + j] : 0.0f;
  run(a, p.lda, p.panels + column * p.depth, p.depth, buffer, width,
      p.start == Start::accumulate ? Start::zero : p.start, bias, nullptr);
  for (size_t r = 0; r < rows; r++) {
    float* c = p.c + r * p.ldc + column;
    for (size_t j = 0; j < valid; j++) c[j] = (p.start == Start::accumulate ? c[j] : 0.0f) + buffer[r * width + j];
  }
}

// The next panel is fetched during the first tiles of this one when it is too big to be still in the first cache.
constexpr size_t kPrefetchDepth = 384;

}  // namespace

void multiply(const Product& product) {
  if (product.rows == 0 || product.columns == 0) return;
  const size_t tile_count = (product.rows + kTileRows - 1) / kTileRows;
  const size_t padded = round_columns(product.columns);
  size_t column = 0;
  while (column < padded) {
    const size_t left = padded - column;
    // With one tile of few rows several panels go side by side.
    size_t width = left >= kPanel ? kPanel : kLanes;
    const size_t wide =
        tile_count == 1 ? static_cast<size_t>(wide_vectors(static_cast<int>(product.rows))) * kLanes : kPanel;
    const bool is_wide = wide > kPanel && column + wide <= product.columns;
    if (is_wide) width = wide;
    const bool whole = column + width <= product.columns;
    const float* b = product.panels + column * product.depth;
    size_t row = 0;
    for (size_t t = 0; t < tile_count; t++) {
      const size_t rows = (product.rows - row) / (tile_count - t);  // even tiles: 16 rows are 8 + 8, not 12 + 4
      const Tile& tile = tiles[rows];
      const Micro run = (is_wide ? tile.wide : width == kPanel ? tile.normal : tile.narrow)[product.a_transposed];
      const float* a = product.a + (product.a_transposed ? row : row * product.lda);
      if (whole) {
        const bool fetch = t == 0 && product.depth >= kPrefetchDepth && left >= 2 * kPanel && !is_wide;
        run(a, product.lda, b, product.depth, product.c + row * product.ldc + column, product.ldc, product.start,
            product.bias == nullptr ? nullptr : product.bias + column, fetch ? b + product.depth * kPanel : nullptr);
      } else {
        Product shifted = product;
        shifted.c = product.c + row * product.ldc;
        edge(run, shifted, a, rows, column, width);
      }
      row += rows;
    }
    column += width;
  }
}

void pack_transposed_at(const float* b, size_t ldb, size_t depth, size_t columns, float* panels, size_t total,
                        size_t first) {
  const size_t padded = round_columns(columns);
  for (size_t column = 0; column < padded;) {
    const size_t width = padded - column >= kPanel ? kPanel : kLanes;
    const size_t valid = columns - column < width ? columns - column : width;
    float* out = panels + column * total + first * width;
    // Blocks of 16 source columns keep the lines that are read in the first cache.
    for (size_t k0 = 0; k0 < depth; k0 += 16) {
      const size_t k1 = k0 + 16 < depth ? k0 + 16 : depth;
      for (size_t j = 0; j < valid; j++)
        for (size_t k = k0; k < k1; k++) out[k * width + j] = b[(column + j) * ldb + k];
      for (size_t j = valid; j < width; j++)
        for (size_t k = k0; k < k1; k++) out[k * width + j] = 0.0f;
    }
    column += width;
  }
}

void pack(const float* b, size_t ldb, bool transposed, size_t depth, size_t columns, float* panels) {
  if (transposed) {
    pack_transposed_at(b, ldb, depth, columns, panels, depth, 0);
    return;
  }
  const size_t padded = round_columns(columns);
  for (size_t column = 0; column < padded;) {
    const size_t width = padded - column >= kPanel ? kPanel : kLanes;
    const size_t valid = columns - column < width ? columns - column : width;
    float* out = panels + column * depth;
    for (size_t k = 0; k < depth; k++) {
      const float* from = b + k * ldb + column;
      if (valid == width) {
        for (size_t j = 0; j < width; j += kLanes) store(out + k * width + j, load(from + j));
      } else {
        for (size_t j = 0; j < width; j++) out[k * width + j] = j < valid ? from[j] : 0.0f;
      }
    }
    column += width;
  }
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
