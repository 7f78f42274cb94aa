#include "gemm.h"

namespace lstm_native {
namespace KERNEL_NS {
namespace {

// What every tile of a product has in common, and where its last vector ends.
struct Target {
  size_t depth, lda, ldc;
  size_t panel_stride;     // from one panel to the next
  Start start;
  int tail;                // columns of the last vector that exist
  const void* next;        // what to fetch into the second cache, a part of a line for each step of depth
  size_t next_step;        // bytes of that part; 0 when there is nothing to fetch
};

template <class W>
constexpr bool kWide = sizeof(W) == sizeof(float);  // float32, not bfloat16

template <class W>
using Micro = void (*)(const Target& target, const float* a, const W* b, float* c, const float* bias);

// The line of the panels that is fetched this many steps before it is needed.
constexpr size_t kAhead = 8;
// Panels of so many bytes lie beyond the second cache, and the next one of them is fetched early. The narrowest vectors are slower than
// any memory: there it would only take places in the pipeline.
constexpr bool kFetchNext = kVectorBytes >= 32;
constexpr size_t kFar = kVectorBytes == 64 ? 0 : 256 << 10;

// R rows by P panels of V vectors of W side by side. T: A is transposed.
template <class W, int R, int V, int P, bool T>
void micro(const Target& target, const float* a, const W* b, float* c, const float* bias) {
  constexpr int width = V * kLanes;
  constexpr int vectors = V * P;
  const size_t depth = target.depth, lda = target.lda, ldc = target.ldc, panel_stride = target.panel_stride;
  const int tail = target.tail;
  vf sum[R][vectors];
  unrolled<0, vectors>([&](auto v) __attribute__((always_inline)) {
    vf value = zero();
    if (target.start == Start::bias) value = load_some(bias + v.value * kLanes, v.value == vectors - 1 ? tail : kLanes);
    unrolled<0, R>([&](auto r) __attribute__((always_inline)) { sum[r.value][v.value] = value; });
  });
  // The rows of C one after the other, each address from the one before: all at once would not fit the registers.
  const auto each_row = [&](auto body) __attribute__((always_inline)) {
    float* row = c;
    unrolled<0, R>([&](auto r) __attribute__((always_inline)) {
      body(r, row);
      row += ldc;
      if constexpr (R > 2) asm("" : "+r"(row));
    });
  };
  each_row([&](auto, float* row) __attribute__((always_inline)) {
    unrolled<0, (vectors * kLanes + 15) / 16>([&](auto line) __attribute__((always_inline)) {
      __builtin_prefetch(row + line.value * 16, 1);
    });
  });
  // A few rows wait for the panels alone, which the processor foresees: fetching would only take the places of loads.
  constexpr bool fetches = P == 1 && R > 2 && kWide<W>;
  const char* next = static_cast<const char*>(target.next);
  const size_t next_step = target.next_step;
  const float* rows[(R + 3) / 4];  // every fourth row, so that few strides are held
  unrolled<0, (R + 3) / 4>([&](auto q) __attribute__((always_inline)) { rows[q.value] = a + 4 * q.value * lda; });
  // One step of the depth, `at` steps from where the pointers stand.
  const auto step = [&](auto at) __attribute__((always_inline)) {
    constexpr int ahead = at.value;
    vf bv[vectors];
    unrolled<0, vectors>([&](auto v) __attribute__((always_inline)) {
      const W* line = b + ahead * width + (v.value / V) * panel_stride + (v.value % V) * kLanes;
      if constexpr (kWide<W>) bv[v.value] = load(line);
      if constexpr (fetches && v.value * kLanes % 16 == 0) __builtin_prefetch(line + kAhead * width);
    });
    if constexpr (T) {
      __builtin_prefetch(a + (ahead + kAhead) * lda);
      __builtin_prefetch(a + ahead * lda + 16, 0, 2);  // the line of the tiles after this one
    }
    unrolled<0, R>([&](auto r) __attribute__((always_inline)) {
      const vf av = splat(T ? a[ahead * lda + r.value] : rows[r.value / 4][(r.value % 4) * lda + ahead]);
      unrolled<0, vectors>([&](auto v) __attribute__((always_inline)) {
        if constexpr (R == 1) {
          sum[r.value][v.value] += av * bv[v.value];  // read where it lies: nobody else uses it
        } else {
          multiply_add(&sum[r.value][v.value], av, bv[v.value]);
        }
      });
    });
    if constexpr (R > 1) asm volatile("" ::: "memory");  // a step's loads stay in it: there are no registers for those of two
  };
  // Two steps of bfloat16, which lie in each other.
  const auto step_pair = [&]() __attribute__((always_inline)) {
    unrolled<0, vectors>([&](auto word) __attribute__((always_inline)) {
      constexpr int panel = word.value / V, first = word.value % V * 2;
      Pair pair = {};
      if constexpr (!kWide<W>) pair = load_pair(b + panel * panel_stride + first * kLanes);
      unrolled<0, R>([&](auto r) __attribute__((always_inline)) {
        const float* row = rows[r.value / 4] + (r.value % 4) * lda;
        sum[r.value][panel * V + first % V] += splat(row[first / V]) * pair.first;
        sum[r.value][panel * V + (first + 1) % V] += splat(row[(first + 1) / V]) * pair.second;
      });
    });
    if constexpr (R > 1) asm volatile("" ::: "memory");
  };
  const auto advance = [&](auto steps) __attribute__((always_inline)) {
    if constexpr (fetches && kFetchNext && !T) {
      unrolled<0, steps.value>([&](auto i) __attribute__((always_inline)) { __builtin_prefetch(next + i.value * next_step, 0, 2); });
      next += steps.value * next_step;
    }
    if constexpr (T) {
      a += steps.value * lda;
    } else {
      unrolled<0, (R + 3) / 4>([&](auto q) __attribute__((always_inline)) { rows[q.value] += steps.value; });
    }
    b += steps.value * width;
  };
  constexpr int together = R == 1 && kWide<W> ? 1 : 2;
  if constexpr (kWide<W>) {
    if (depth % together != 0) {
      step(Index<0>{});
      advance(Index<1>{});
    }
  }
  for (size_t left = depth / together; left > 0; left--) {
    if constexpr (kWide<W>) {
      unrolled<0, together>(step);
    } else {
      step_pair();
    }
    advance(Index<together>{});
  }
  const auto each_output = [&](auto body) __attribute__((always_inline)) {
    each_row([&](auto r, float* row) __attribute__((always_inline)) {
      unrolled<0, vectors>([&](auto v) __attribute__((always_inline)) {
        body(&sum[r.value][v.value], row + v.value * kLanes, v.value == vectors - 1 ? tail : kLanes);
      });
    });
  };
  if (target.start == Start::accumulate)
    each_output([](vf* value, const float* from, int count) __attribute__((always_inline)) { *value += load_some(from, count); });
  each_output([](vf* value, float* to, int count) __attribute__((always_inline)) { store_some(to, *value, count); });
}

// With so few rows one panel would leave the multipliers idle: two or four stand side by side.
constexpr bool takes(int rows, int panels) { return rows * panels * kPanelVectors <= kRegisters * 3 / 4; }

template <class W>
struct Tile {
  Micro<W> one[kPanelVectors + 1][2];  // [vectors of the panel][transposed]
  Micro<W> two[2], four[2];            // full panels side by side
};

// A narrow panel takes more rows than a full one; a tile that no product asks for is left out.
// bfloat16 takes few rows at a time and never a transposed A.
template <class W>
constexpr int most_rows(int vectors) {
  return kWide<W> ? tile_rows(vectors) : 4;
}

template <class W, int R, int V, bool T>
constexpr Micro<W> micro_or_null() {
  if constexpr (R <= most_rows<W>(V) && (kWide<W> || !T)) {
    return micro<W, R, V, 1, T>;
  } else {
    return nullptr;
  }
}

template <class W, int R>
constexpr Tile<W> tile() {
  Tile<W> result = {};
  result.one[1][0] = micro_or_null<W, R, 1, false>();
  result.one[1][1] = micro_or_null<W, R, 1, true>();
  result.one[2][0] = micro_or_null<W, R, 2, false>();
  result.one[2][1] = micro_or_null<W, R, 2, true>();
#if KERNEL_PANEL_VECTORS == 3
  result.one[3][0] = micro_or_null<W, R, 3, false>();
  result.one[3][1] = micro_or_null<W, R, 3, true>();
#endif
  if constexpr (takes(R, 2)) {
    result.two[0] = micro<W, R, kPanelVectors, 2, false>;
    if constexpr (kWide<W>) result.two[1] = micro<W, R, kPanelVectors, 2, true>;
  }
  if constexpr (takes(R, 4)) {
    result.four[0] = micro<W, R, kPanelVectors, 4, false>;
    if constexpr (kWide<W>) result.four[1] = micro<W, R, kPanelVectors, 4, true>;
  }
  return result;
}

template <class W>
struct Tiles;
template <>
struct Tiles<float> {
#if defined(__AVX512F__) || defined(__aarch64__)
  static constexpr Tile<float> of[] = {{},
                                       tile<float, 1>(), tile<float, 2>(), tile<float, 3>(),  tile<float, 4>(),
                                       tile<float, 5>(), tile<float, 6>(), tile<float, 7>(),  tile<float, 8>(),
                                       tile<float, 9>(), tile<float, 10>(), tile<float, 11>(), tile<float, 12>()};
#else
  static constexpr Tile<float> of[] = {{},
                                       tile<float, 1>(), tile<float, 2>(), tile<float, 3>(),
                                       tile<float, 4>(), tile<float, 5>(), tile<float, 6>()};
#endif
};
template <>
struct Tiles<uint16_t> {
  static constexpr Tile<uint16_t> of[] = {{}, tile<uint16_t, 1>(), tile<uint16_t, 2>(), tile<uint16_t, 3>(), tile<uint16_t, 4>()};
};

}  // namespace

// Rows [first, first + depth) of the panels.
template <class W>
static void multiply_slab(const Product& product, const W* panels_start, size_t first, size_t depth, Start start) {
  const size_t vectors = round_columns(product.columns) / kLanes;
  const float* from = product.a + (product.a_transposed ? first * product.lda : first);
  size_t split_for = 0, tile_count = 0, least = 0, longer = 0;  // divisions are slow: once for each width of panel
  for (size_t vector = 0; vector < vectors;) {
    const size_t left = vectors - vector;
    const size_t own = panel_vectors(left);
    if (own != split_for) {
      const uint32_t rows = static_cast<uint32_t>(product.rows);
      const uint32_t most = static_cast<uint32_t>(most_rows<W>(static_cast<int>(own)));
      tile_count = (rows + most - 1) / most;
      least = rows / static_cast<uint32_t>(tile_count);
      longer = rows - least * tile_count;
      split_for = own;
    }
    size_t panels = 1;
    if (own == kPanelVectors && tile_count == 1) {
      const size_t full = full_panels(left);
      const int rows = static_cast<int>(product.rows);
      panels = full >= 4 && takes(rows, 4) ? 4 : full >= 2 && takes(rows, 2) ? 2 : 1;
    }
    const size_t taken = panels * own, width = own * kLanes;
    const size_t column = vector * kLanes, end = column + taken * kLanes;
    const W* b = panels_start + column * product.depth + first * width;
    Target target = {depth, product.lda, product.ldc, product.depth * width, start,
                     end <= product.columns ? kLanes : kLanes - static_cast<int>(end - product.columns), b, 0};
    // The tiles share the fetching of the next panel evenly, for the third cache answers few requests at a time. What lies
    // behind the last panel must not be asked for: a page that is not there costs more than all that fetching gains.
    const size_t behind = vector + taken < vectors ? panel_vectors(left - taken) : product.followed ? kPanelVectors : 0;
    const size_t following = product.depth * vectors * kVectorBytes < kFar ? 0 : behind;
    const W* next = following == 0 ? b : panels_start + end * product.depth + first * following * kLanes;
    const size_t even = following * kVectorBytes / tile_count, share = even < 64 ? even : 64;
    target.next_step = share;
    size_t row = 0;
    for (size_t t = 0; t < tile_count; t++) {
      const size_t rows = least + (t < longer ? 1 : 0);  // even tiles: 10 rows are 5 + 5, not 8 + 2
      const Tile<W>& tile = Tiles<W>::of[rows];
      target.next = next + t * depth * share / sizeof(W);
      (panels == 4 ? tile.four : panels == 2 ? tile.two : tile.one[own])[product.a_transposed](
          target, from + (product.a_transposed ? row : row * product.lda), b, product.c + row * product.ldc + column,
          product.bias == nullptr ? nullptr : product.bias + column);
      row += rows;
    }
    vector += taken;
  }
}

// A deep product is cut into slabs, so that a panel's part, the next one's and the rows of A stay in the second cache.
constexpr size_t kSlab = 512;

void multiply(const Product& product) {
  if (product.rows == 0 || product.columns == 0) return;
  const size_t slabs = product.depth <= kSlab * 3 / 2 ? 1 : (product.depth + kSlab - 1) / kSlab;
  const size_t depth = slabs == 1 ? product.depth : ((product.depth + slabs - 1) / slabs + 1) / 2 * 2;  // even: bfloat16 lies in pairs
  size_t first = 0;
  do {
    const size_t own = product.depth - first < depth ? product.depth - first : depth;
    const Start start = first == 0 ? product.start : Start::accumulate;
    if (product.panels.narrow != nullptr) {
      multiply_slab(product, product.panels.narrow, first, own, start);
    } else {
      multiply_slab(product, product.panels.wide, first, own, start);
    }
    first += own;
  } while (first < product.depth);
}

void pack_transposed_at(const float* b, size_t ldb, size_t depth, size_t columns, float* panels, size_t total,
                        size_t first) {
  const size_t padded = round_columns(columns);
  for (size_t column = 0; column < padded;) {
    const size_t width = panel_columns(padded - column);
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
    const size_t width = panel_columns(padded - column);
    const size_t valid = columns - column < width ? columns - column : width;
    float* out = panels + column * depth;
    for (size_t k = 0; k < depth; k++) {
      const float* from = b + k * ldb + column;
      for (size_t j = 0; j < width; j += kLanes) {
        const int count = valid >= j + kLanes ? kLanes : valid > j ? static_cast<int>(valid - j) : 0;
        store(out + k * width + j, load_some(from + j, count));
      }
    }
    column += width;
  }
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
