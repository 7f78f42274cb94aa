#include "optimizer.h"

#include <algorithm>
#include <cmath>

namespace lstm_native {

namespace {

struct Piece {
  const OptimizedTensor* tensor;
  size_t begin, count;
};

// One list of pieces, so that many small tensors and one large one are shared alike.
std::vector<Piece> pieces_of(const std::vector<OptimizedTensor>& tensors) {
  constexpr size_t size = 65536;
  std::vector<Piece> pieces;
  for (const OptimizedTensor& tensor : tensors)
    for (size_t from = 0; from < tensor.count; from += size)
      pieces.push_back({&tensor, from, std::min(size, tensor.count - from)});
  return pieces;
}

}  // namespace

OptimizerOutcome step_optimizer(const Context& context, OptimizerNumbers numbers, double clip_norm, float loss,
                                const std::vector<OptimizedTensor>& tensors) {
  const KernelTable& k = *context.kernels;
  const std::vector<Piece> pieces = pieces_of(tensors);
  std::vector<double> sums(pieces.size()), clipped(pieces.size());
  const auto each_piece = [&](const auto& body) {
    context.pool->share(pieces.size(), 1, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; i++) body(i, pieces[i]);
    });
  };
  each_piece([&](size_t i, const Piece& p) {
    const float* gradient = p.tensor->gradient + p.begin;
    sums[i] = k.sum_of_squares(gradient, p.count, 0);
    clipped[i] = numbers.clip_value > 0 ? k.sum_of_squares(gradient, p.count, numbers.clip_value) : sums[i];
  });
  double total = 0, total_clipped = 0;  // in the order of the list
  for (size_t i = 0; i < pieces.size(); i++) total += sums[i], total_clipped += clipped[i];
  const float norm = static_cast<float>(std::sqrt(total));
  if (!std::isfinite(norm) || !std::isfinite(loss)) return {norm, false};
  const double clip_base = std::sqrt(total_clipped);
  numbers.scale = clip_norm > 0 && clip_base > clip_norm ? static_cast<float>(clip_norm / clip_base) : 1.0f;
  each_piece([&](size_t, const Piece& p) {
    const auto slot = [&](size_t s) { return p.tensor->slots[s] == nullptr ? nullptr : p.tensor->slots[s] + p.begin; };
    k.optimizer(&numbers, p.tensor->values + p.begin, p.tensor->gradient + p.begin, slot(0), slot(1), slot(2), p.count);
  });
  return {norm, true};
}

}  // namespace lstm_native
