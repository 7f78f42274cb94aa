#include "functions.h"
#include "vector_math.h"

namespace lstm_native {
namespace KERNEL_NS {

namespace {

// Blocks are summed in float and added in double, so that long sums keep their digits.
constexpr size_t kSumBlock = 2048;
constexpr size_t kColumns = 4 * kLanes;

KERNEL_INLINE double sum_row(const float* x, size_t n) {
  double total = 0.0;
  for (size_t from = 0; from < n; from += kSumBlock) {
    const size_t count = n - from < kSumBlock ? n - from : kSumBlock;
    const float* p = x + from;
    vf s[4] = {};
    size_t i = 0;
    for (; i + kColumns <= count; i += kColumns)
      for (int v = 0; v < 4; v++) s[v] += load(p + i + v * kLanes);
    for (; i < count; i += kLanes) s[0] += count - i >= kLanes ? load(p + i) : load_part(p + i, static_cast<int>(count - i));
    total += static_cast<double>(sum_lanes((s[0] + s[1]) + (s[2] + s[3])));
  }
  return total;
}

// Calls body(outer, first inner, count) for flat results [begin, end) cut at rows and into pieces of kColumns.
template <class Body>
KERNEL_INLINE void pieces(size_t begin, size_t end, size_t inner, Body body) {
  for (size_t at = begin; at < end;) {
    const size_t within = at % inner;
    size_t count = inner - within < end - at ? inner - within : end - at;
    if (count > kColumns) count = kColumns;
    body(at / inner, within, count);
    at += count;
  }
}

}  // namespace

// x is [outer, length, inner], results are flat indices into [outer, inner].
void reduce_sum(const float* x, float* y, size_t begin, size_t end, size_t length, size_t inner) {
  if (inner == 1) {
    for (size_t o = begin; o < end; o++) y[o] = static_cast<float>(sum_row(x + o * length, length));
    return;
  }
  pieces(begin, end, inner, [&](size_t outer, size_t within, size_t count) {
    const float* p = x + outer * length * inner + within;
    double total[kColumns] = {};
    for (size_t from = 0; from < length; from += 64) {
      const size_t to = length - from < 64 ? length : from + 64;
      vf s[4] = {};
      for (size_t k = from; k < to; k++)
        for (size_t v = 0; v * kLanes < count; v++)
          s[v] += load_some(p + k * inner + v * kLanes, count - v * kLanes < kLanes ? static_cast<int>(count - v * kLanes) : kLanes);
      for (size_t j = 0; j < count; j++) total[j] += static_cast<double>(s[j / kLanes][j % kLanes]);
    }
    for (size_t j = 0; j < count; j++) y[outer * inner + within + j] = static_cast<float>(total[j]);
  });
}

void reduce_max(const float* x, float* y, size_t begin, size_t end, size_t length, size_t inner) {
  if (inner == 1) {
    for (size_t o = begin; o < end; o++) y[o] = row_max(x + o * length, length);
    return;
  }
  pieces(begin, end, inner, [&](size_t outer, size_t within, size_t count) {
    const float* p = x + outer * length * inner + within;
    float best[kColumns];
    for (size_t j = 0; j < count; j++) best[j] = -kInfinity;
    for (size_t k = 0; k < length; k++)
      for (size_t j = 0; j < count; j++) {
        const float v = p[k * inner + j];
        best[j] = best[j] != best[j] || best[j] > v ? best[j] : v;
      }
    for (size_t j = 0; j < count; j++) y[outer * inner + within + j] = best[j];
  });
}

void argmax(const float* x, int32_t* y, size_t begin, size_t end, size_t length, size_t inner) {
  for (size_t at = begin; at < end; at++) {
    const float* p = x + at / inner * length * inner + at % inner;
    size_t best = 0;
    for (size_t k = 1; k < length; k++) {
      const float v = p[k * inner], top = p[best * inner];
      if (v > top || (v != v && top == top)) best = k;
    }
    y[at] = static_cast<int32_t>(best);
  }
}

void column_sums(const float* x, size_t rows, size_t columns, float* out) { reduce_sum(x, out, 0, columns, rows, columns); }

double sum_of_squares(const float* x, size_t n, float clip_value) {
  const vf high = splat(clip_value > 0.0f ? clip_value : kInfinity);
  double total = 0.0;
  for (size_t from = 0; from < n; from += kSumBlock) {
    const size_t count = n - from < kSumBlock ? n - from : kSumBlock;
    vf s[2] = {};
    for_vectors(count, [&](size_t i, int c) __attribute__((always_inline)) {
      const vf v = at_least(-high, at_most(high, load_some(x + from + i, c)));
      s[(i / kLanes) & 1] += v * v;
    });
    total += static_cast<double>(sum_lanes(s[0] + s[1]));
  }
  return total;
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
