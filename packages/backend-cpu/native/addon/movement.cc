// Kernels that move data, or add it up by index.
#include <cmath>
#include <cstring>

#include "engine.h"

namespace lstm_native {

void check_indices(const char* name, const TensorRef& indices, size_t rows) {
  for (size_t i = 0; i < indices->count; i++) {
    const int32_t index = indices->ints()[i];
    if (index >= 0 && static_cast<size_t>(index) < rows) continue;
    throw WorkError{std::string("[") + name + "] index " + std::to_string(index) + " at flat position " + std::to_string(i) +
                    " is out of range. The table has " + std::to_string(rows) + " rows, so an index lies in [0, " +
                    std::to_string(rows == 0 ? 0 : rows - 1) +
                    "]. Enlarge the table, or map unknown tokens to one of its rows."};
  }
}

// stridedCopy(x, first, rank, dims…, strides…): element (i, j, …) of the result is x[first + i·strides[0] + j·strides[1] + …].
// Strides may be negative, so that this is transpose, slice and flip.
TensorRef Engine::strided_copy(const Command& command) {
  const Napi::Env env = command.Env();
  const TensorRef x = tensor_argument(command, 0);
  const size_t first = size_argument(command, 1);
  const size_t rank = rank_argument(command, 2);
  const std::vector<size_t> dims = sizes_argument(command, 3, rank);
  const size_t count = product(env, dims);
  double low = static_cast<double>(first), high = low;
  std::vector<int64_t> strides;
  for (size_t axis = 0; axis < rank; axis++) {
    const double stride = number_argument(command, 3 + rank + axis);
    require(env, std::fabs(stride) < 1e12 && stride == std::floor(stride), "a stride must be an integer.");
    strides.push_back(static_cast<int64_t>(stride));
    if (dims[axis] > 0) (stride < 0 ? low : high) += stride * static_cast<double>(dims[axis] - 1);
  }
  require(env, count == 0 || (low >= 0 && high < static_cast<double>(x->count)), "the block does not lie in the tensor.");
  const TensorRef out = make(env, count, x->type);
  enqueue({"copy", {x}, {out}, [=, x = x.get(), out = out.get()] {
                  if (count == 0) return;
                  const size_t inner = dims[rank - 1];
                  const int64_t step = strides[rank - 1];
                  if (rank == 2 && step > 1 && strides[0] == 1) {
                    parallel(dims[0], 1 + 32768 / inner, [&](size_t begin, size_t end) {
                      kernels_->transpose2d(x->floats() + first + begin, inner, end - begin, static_cast<size_t>(step),
                                            out->floats() + begin * inner, inner);
                    });
                    return;
                  }
                  std::vector<size_t> position(rank, 0);
                  int64_t from = static_cast<int64_t>(first);
                  for (size_t to = 0; to < count; to += inner) {
                    const float* source = x->floats() + from;
                    float* target = out->floats() + to;
                    if (step == 1) {
                      std::memcpy(target, source, inner * 4);
                    } else {
                      for (size_t i = 0; i < inner; i++) std::memcpy(target + i, source + static_cast<int64_t>(i) * step, 4);
                    }
                    for (size_t axis = rank - 1; axis-- > 0;) {
                      from += strides[axis];
                      if (++position[axis] < dims[axis]) break;
                      from -= strides[axis] * static_cast<int64_t>(dims[axis]);
                      position[axis] = 0;
                    }
                  }
                }, nullptr});
  return out;
}

// concat(tensors, outer, widths): rows of the inputs side by side.
Napi::Value Engine::concat(const Info& info) {
  const Napi::Env env = info.Env();
  const std::vector<double> handles = numbers_argument(info, 0);
  const size_t outer = size_argument(info, 1);
  const std::vector<size_t> widths = sizes_argument(info, 2);
  require(env, !handles.empty() && handles.size() == widths.size(), "there must be a width for each input.");
  std::vector<TensorRef> inputs;
  double total = 0;
  for (size_t i = 0; i < handles.size(); i++) {
    inputs.push_back(find(env, handles[i]));
    require(env, inputs[i]->type == inputs[0]->type, "the inputs must have one type.");
    require_count(env, inputs[i], product(env, {outer, widths[i]}), "an input of concat");
    total += static_cast<double>(widths[i]);
  }
  require(env, total <= 4294967295.0, kTooLarge);
  const size_t width = static_cast<size_t>(total);
  const TensorRef out = make(env, product(env, {outer, width}), inputs[0]->type);
  enqueue({"concat", inputs, {out}, [=] {
                  float* to = out->floats();
                  for (size_t o = 0; o < outer; o++)
                    for (size_t i = 0; i < inputs.size(); i++) {
                      if (widths[i] > 0) std::memcpy(to, inputs[i]->floats() + o * widths[i], widths[i] * 4);
                      to += widths[i];
                    }
                }, nullptr});
  return own(env, out);
}

// gather(table, indices, rows, width)
TensorRef Engine::gather(const Command& command) {
  const Napi::Env env = command.Env();
  const TensorRef table = tensor_argument(command, 0), indices = tensor_argument(command, 1, Type::int32);
  const size_t rows = size_argument(command, 2), width = size_argument(command, 3);
  require_count(env, table, product(env, {rows, width}), "the table");
  const TensorRef out = make(env, product(env, {indices->count, width}), table->type);
  enqueue({"gather", {table, indices}, {out}, [=] {
                  check_indices("gather", indices, rows);
                  if (width == 0) return;
                  parallel(indices->count, 1 + 32768 / width, [&](size_t begin, size_t end) {
                    for (size_t i = begin; i < end; i++)
                      std::memcpy(out->floats() + i * width, table->floats() + static_cast<size_t>(indices->ints()[i]) * width,
                                  width * 4);
                  });
                }, nullptr});
  return out;
}

// scatterAdd(indices, updates, rows, width)
TensorRef Engine::scatter_add(const Command& command) {
  const Napi::Env env = command.Env();
  const TensorRef indices = tensor_argument(command, 0, Type::int32), updates = tensor_argument(command, 1);
  const size_t rows = size_argument(command, 2), width = size_argument(command, 3);
  require_count(env, updates, product(env, {indices->count, width}), "the updates");
  const TensorRef out = make(env, product(env, {rows, width}), updates->type);
  enqueue({"scatterAdd", {indices, updates}, {out}, [=] {
                  check_indices("scatterAdd", indices, rows);
                  std::fill_n(out->ints(), out->count, 0);
                  // Columns are shared among the threads: no two of them add to one element, and the order is fixed.
                  parallel(width, 1 + 65536 / (indices->count + 1), [&](size_t begin, size_t end) {
                    for (size_t i = 0; i < indices->count; i++) {
                      const size_t row = static_cast<size_t>(indices->ints()[i]) * width;
                      if (updates->type == Type::float32) {
                        const float* from = updates->floats() + i * width;
                        for (size_t j = begin; j < end; j++) out->floats()[row + j] += from[j];
                      } else {
                        const int32_t* from = updates->ints() + i * width;
                        for (size_t j = begin; j < end; j++)
                          out->ints()[row + j] = static_cast<int32_t>(static_cast<uint32_t>(out->ints()[row + j]) +
                                                                      static_cast<uint32_t>(from[j]));
                      }
                    }
                  });
                }, nullptr});
  return out;
}

// cumulativeSum(x, outer, length, inner)
TensorRef Engine::cumulative_sum(const Command& command) {
  const Napi::Env env = command.Env();
  const TensorRef x = tensor_argument(command, 0, Type::float32);
  const size_t outer = size_argument(command, 1), length = size_argument(command, 2), inner = size_argument(command, 3);
  require_count(env, x, product(env, {outer, length, inner}), "the input of a running sum");
  const TensorRef out = make(env, x->count);
  enqueue({"cumulativeSum", {x}, {out}, [=] {
                  if (x->count == 0) return;
                  for (size_t o = 0; o < outer; o++)
                    for (size_t i = 0; i < inner; i++) {
                      double sum = 0;
                      for (size_t l = 0; l < length; l++) {
                        const size_t at = (o * length + l) * inner + i;
                        sum += static_cast<double>(x->floats()[at]);
                        out->floats()[at] = static_cast<float>(sum);
                      }
                    }
                }, nullptr});
  return out;
}

}  // namespace lstm_native
