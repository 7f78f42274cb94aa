// The required kernels that compute; those that only move data are in movement.cc.
#include <cmath>
#include <limits>

#include "engine.h"

namespace lstm_native {

namespace {

constexpr size_t kSmallest = 32768;  // elements that make a thread worth waking

Walk walk_of(const std::vector<size_t>& dims, const std::vector<std::vector<size_t>>& strides) {
  Walk walk = {};
  walk.rank = static_cast<int>(dims.size());
  for (size_t axis = 0; axis < dims.size(); axis++) {
    walk.dims[axis] = dims[axis];
    for (size_t input = 0; input < strides.size(); input++) walk.strides[input][axis] = strides[input][axis];
  }
  return walk;
}

// Whether every element that the walk visits lies in a tensor of `count` elements, read along the last axis in one piece
// or one element repeated.
bool walk_fits(const std::vector<size_t>& dims, const std::vector<size_t>& strides, size_t count) {
  if (dims.empty() || dims.size() > kMaxRank || strides.size() != dims.size() || strides.back() > 1) return false;
  double last = 0;
  for (size_t axis = 0; axis < dims.size(); axis++)
    last += static_cast<double>(dims[axis] - 1) * static_cast<double>(strides[axis]);
  return last < static_cast<double>(count);
}

size_t offset_of(const Walk& walk, int input, size_t flat) {
  size_t offset = 0;
  for (int axis = walk.rank - 1; axis >= 0; axis--) {
    offset += flat % walk.dims[axis] * walk.strides[input][axis];
    flat /= walk.dims[axis];
  }
  return offset;
}

int32_t integer_binary(int kind, int32_t a, int32_t b) {
  const uint32_t x = static_cast<uint32_t>(a), y = static_cast<uint32_t>(b);  // overflow wraps around
  switch (kind) {
    case kAdd:
      return static_cast<int32_t>(x + y);
    case kSub:
      return static_cast<int32_t>(x - y);
    case kMul:
      return static_cast<int32_t>(x * y);
    case kMax:
      return a > b ? a : b;
    default:
      return a < b ? a : b;
  }
}

int32_t to_integer(double x) {  // as JavaScript stores a number in an Int32Array
  if (!std::isfinite(x)) return 0;
  const double wrapped = std::fmod(std::trunc(x), 4294967296.0);
  return static_cast<int32_t>(static_cast<uint32_t>(static_cast<int64_t>(wrapped)));
}

// NaN and what int32 can't hold become its lowest value, which no table has a row for.
int32_t truncated(float x) {
  return x >= -2147483648.0f && x < 2147483648.0f ? static_cast<int32_t>(x) : std::numeric_limits<int32_t>::min();
}

}  // namespace

TensorRef Engine::fill(const Command& command) {
  const Napi::Env env = command.Env();
  const size_t count = size_argument(command, 0);
  const double value = number_argument(command, 1);
  const bool integer = size_argument(command, 2) == 1;
  const TensorRef out = make(env, count, integer ? Type::int32 : Type::float32);
  enqueue({"fill", {}, {out}, [=] {
                  if (integer) {
                    std::fill_n(out->ints(), count, to_integer(value));
                  } else {
                    std::fill_n(out->floats(), count, static_cast<float>(value));
                  }
                }, nullptr});
  return out;
}

TensorRef Engine::cast(const Command& command) {
  const Napi::Env env = command.Env();
  const TensorRef x = tensor_argument(command, 0);
  const Type type = size_argument(command, 1) == 1 ? Type::int32 : Type::float32;
  const TensorRef out = make(env, x->count, type);
  enqueue({"cast", {x}, {out}, [=] {
                  if (x->type == type) {
                    std::copy_n(x->ints(), x->count, out->ints());
                  } else if (type == Type::int32) {
                    for (size_t i = 0; i < x->count; i++) out->ints()[i] = truncated(x->floats()[i]);
                  } else {
                    for (size_t i = 0; i < x->count; i++) out->floats()[i] = static_cast<float>(x->ints()[i]);
                  }
                }, nullptr});
  return out;
}

TensorRef Engine::round_to_bfloat16(const Command& command) {
  const Napi::Env env = command.Env();
  const TensorRef x = tensor_argument(command, 0, Type::float32);
  const TensorRef out = make(env, x->count);
  out->fits_bfloat16 = true;
  enqueue({"roundToBfloat16", {x}, {out}, [=] {
                  parallel(x->count, kSmallest, [&](size_t begin, size_t end) {
                    kernels_->round_to_bfloat16(x->floats() + begin, out->floats() + begin, end - begin);
                  });
                }, nullptr});
  return out;
}

// bernoulli(count, threshold, key word 0, key word 1, low word of the step, high word): 0/1, equal to core's.
TensorRef Engine::bernoulli(const Command& command) {
  const Napi::Env env = command.Env();
  const size_t count = size_argument(command, 0);
  size_t words[5];  // of 32 bits, as sizes are
  for (size_t i = 0; i < 5; i++) words[i] = size_argument(command, i + 1);
  const uint32_t threshold = static_cast<uint32_t>(words[0]);
  const RandomStream stream = {{static_cast<uint32_t>(words[1]), static_cast<uint32_t>(words[2])}, uint64_t{words[4]} << 32 | words[3]};
  const size_t blocks = (count + 3) / 4;
  const TensorRef out = make(env, count);
  enqueue({"bernoulli", {}, {out}, [=] {
                  parallel(blocks, kSmallest / 16, [&](size_t begin, size_t end) {
                    kernels_->bernoulli(&stream, threshold, static_cast<uint32_t>(begin), static_cast<uint32_t>(end), out->floats());
                  });
                }, nullptr});
  return out;
}

TensorRef Engine::unary(const Command& command) {
  const Napi::Env env = command.Env();
  const size_t kind = size_argument(command, 0);
  const TensorRef x = tensor_argument(command, 1);
  const bool integer = x->type == Type::int32;
  require(env, kind <= kTanh && (!integer || kind <= kSign), "there is no such function of one input for this type.");
  const TensorRef out = make(env, x->count, x->type);
  enqueue({"unary", {x}, {out}, [this, kind, integer, x = x.get(), out = out.get()] {
                  if (!integer) {
                    parallel(x->count, kSmallest, [&](size_t begin, size_t end) {
                      kernels_->unary(static_cast<int>(kind), x->floats() + begin, out->floats() + begin, end - begin);
                    });
                    return;
                  }
                  for (size_t i = 0; i < x->count; i++) {
                    const int32_t v = x->ints()[i];
                    const int32_t negative = static_cast<int32_t>(0u - static_cast<uint32_t>(v));
                    out->ints()[i] = kind == kNeg ? negative : kind == kAbs ? (v < 0 ? negative : v) : (v > 0) - (v < 0);
                  }
                }, nullptr});
  return out;
}

// binary(kind, a, b) of inputs that are equally long or one of which is one number;
// binary(kind, a, b, rank, dims…, strides of a…, strides of b…) of inputs that are broadcast.
TensorRef Engine::binary(const Command& command) {
  const Napi::Env env = command.Env();
  const size_t kind = size_argument(command, 0);
  const TensorRef a = tensor_argument(command, 1), b = tensor_argument(command, 2);
  const bool integer = a->type == Type::int32;
  require(env, a->type == b->type, "the two inputs must have one type.");
  require(env, kind <= (integer ? kEqual : kTanhGradient) && (!integer || (kind != kDiv && kind != kPow)),
          "there is no such function of two inputs for this type.");
  Walk walk = {};
  size_t count;
  if (command.count == 3) {
    require(env, a->count == b->count || a->count == 1 || b->count == 1, "the shapes do not fit the inputs.");
    count = a->count == 1 ? b->count : a->count;
    walk.rank = 1;
    walk.dims[0] = count;
    walk.strides[0][0] = a->count == 1 ? 0 : 1;
    walk.strides[1][0] = b->count == 1 ? 0 : 1;
  } else {
    const size_t rank = rank_argument(command, 3);
    const std::vector<size_t> dims = sizes_argument(command, 4, rank), sa = sizes_argument(command, 4 + rank, rank);
    const std::vector<size_t> sb = sizes_argument(command, 4 + 2 * rank, rank);
    count = product(env, dims);
    require(env, count == 0 || (walk_fits(dims, sa, a->count) && walk_fits(dims, sb, b->count)),
            "the shapes do not fit the inputs.");
    if (count > 0) walk = walk_of(dims, {sa, sb});
  }
  const TensorRef out = make(env, count, integer && kind < kLess ? Type::int32 : Type::float32);
  enqueue({"binary", {a, b}, {out}, [this, kind, integer, count, walk, a = a.get(), b = b.get(), out = out.get()] {
                  if (count == 0) return;
                  if (!integer) {
                    parallel(count, kSmallest, [&](size_t begin, size_t end) {
                      kernels_->binary(static_cast<int>(kind), &walk, a->floats(), b->floats(), out->floats(), begin, end);
                    });
                    return;
                  }
                  for (size_t i = 0; i < count; i++) {
                    const int32_t x = a->ints()[offset_of(walk, 0, i)], y = b->ints()[offset_of(walk, 1, i)];
                    if (kind >= kLess) {
                      out->floats()[i] = (kind == kLess ? x < y : x == y) ? 1.0f : 0.0f;
                    } else {
                      out->ints()[i] = integer_binary(static_cast<int>(kind), x, y);
                    }
                  }
                }, nullptr});
  return out;
}

// select(condition, a, b, rank, dims…, strides of the condition…, of a…, of b…)
TensorRef Engine::select(const Command& command) {
  const Napi::Env env = command.Env();
  const TensorRef c = tensor_argument(command, 0), a = tensor_argument(command, 1), b = tensor_argument(command, 2);
  const size_t rank = rank_argument(command, 3);
  const std::vector<size_t> dims = sizes_argument(command, 4, rank), sc = sizes_argument(command, 4 + rank, rank);
  const std::vector<size_t> sa = sizes_argument(command, 4 + 2 * rank, rank), sb = sizes_argument(command, 4 + 3 * rank, rank);
  require(env, a->type == b->type, "the two choices must have one type.");
  const size_t count = product(env, dims);
  require(env,
          count == 0 || (walk_fits(dims, sc, c->count) && walk_fits(dims, sa, a->count) && walk_fits(dims, sb, b->count)),
          "the shapes do not fit the inputs.");
  const TensorRef out = make(env, count, a->type);
  const Walk walk = count == 0 ? Walk{} : walk_of(dims, {sc, sa, sb});
  enqueue({"select", {c, a, b}, {out}, [=] {
                  if (count == 0) return;
                  if (c->type == Type::float32 && a->type == Type::float32) {
                    parallel(count, kSmallest, [&](size_t begin, size_t end) {
                      kernels_->select(&walk, c->floats(), a->floats(), b->floats(), out->floats(), begin, end);
                    });
                    return;
                  }
                  for (size_t i = 0; i < count; i++) {
                    const size_t at = offset_of(walk, 0, i);
                    const bool yes = c->type == Type::float32 ? c->floats()[at] != 0.0f : c->ints()[at] != 0;
                    out->ints()[i] = yes ? a->ints()[offset_of(walk, 1, i)] : b->ints()[offset_of(walk, 2, i)];
                  }
                }, nullptr});
  return out;
}

// reduce(kind, x, outer, length, inner)
TensorRef Engine::reduce(const Command& command) {
  const Napi::Env env = command.Env();
  const size_t kind = size_argument(command, 0);  // 0 sum, 1 max, 2 argmax
  const TensorRef x = tensor_argument(command, 1);
  const size_t outer = size_argument(command, 2), length = size_argument(command, 3), inner = size_argument(command, 4);
  require(env, kind <= 2, "there is no such reduction.");
  require_count(env, x, product(env, {outer, length, inner}), "the input of a reduction");
  const size_t count = product(env, {outer, inner});
  require(env, kind != 2 || length > 0, "argmax needs at least one element.");
  const bool integer = x->type == Type::int32;
  const TensorRef out = make(env, count, kind == 2 ? Type::int32 : x->type);
  enqueue({"reduce", {x}, {out}, [=] {
                  if (count == 0) return;
                  if (!integer) {
                    const size_t smallest = 1 + kSmallest / (length == 0 ? 1 : length);
                    parallel(count, smallest, [&](size_t begin, size_t end) {
                      if (kind == 0) {
                        kernels_->reduce_sum(x->floats(), out->floats(), begin, end, length, inner);
                      } else if (kind == 1) {
                        kernels_->reduce_max(x->floats(), out->floats(), begin, end, length, inner);
                      } else {
                        kernels_->argmax(x->floats(), out->ints(), begin, end, length, inner);
                      }
                    });
                    return;
                  }
                  for (size_t i = 0; i < count; i++) {
                    const int32_t* p = x->ints() + i / inner * length * inner + i % inner;
                    uint32_t sum = 0;
                    int32_t top = INT32_MIN, at = 0;
                    for (size_t l = 0; l < length; l++) {
                      const int32_t v = p[l * inner];
                      sum += static_cast<uint32_t>(v);
                      if (v > top) {
                        top = v;
                        at = static_cast<int32_t>(l);
                      }
                    }
                    out->ints()[i] = kind == 0 ? static_cast<int32_t>(sum) : kind == 1 ? top : at;
                  }
                }, nullptr});
  return out;
}

// c = act(a b + bias): b packed into panels, then rows shared among the threads.
void Engine::multiply(const float* a, bool ta, const float* b, bool tb, float* c, size_t m, size_t n, size_t k,
                      const float* bias, int activation) const {
  if (m == 0 || n == 0) return;
  const Block panels(kernels_->packed_size(k, n) + 64);
  kernels_->pack(b, tb ? k : n, tb, k, n, panels.data());
  const MatmulOperand operand = {a, ta ? m : k, ta};
  const Panels packed = {panels.data(), nullptr};
  const size_t smallest = 1 + (size_t{1} << 20) / (n * (k + 1));
  parallel(m, smallest, [&](size_t begin, size_t end) {
    kernels_->matmul(&operand, &packed, k, n, c, begin, end, bias, activation);
  });
}

// matmul(a, b, batch, m, n, k, transposeA, transposeB)
TensorRef Engine::matmul(const Command& command) {
  const Napi::Env env = command.Env();
  const TensorRef a = tensor_argument(command, 0, Type::float32), b = tensor_argument(command, 1, Type::float32);
  const size_t batch = size_argument(command, 2), m = size_argument(command, 3), n = size_argument(command, 4), k = size_argument(command, 5);
  const bool ta = size_argument(command, 6) != 0, tb = size_argument(command, 7) != 0;
  require_count(env, a, product(env, {batch, m, k}), "the left matrix");
  require_count(env, b, product(env, {batch, k, n}), "the right matrix");
  const TensorRef out = make(env, product(env, {batch, m, n}));
  enqueue({"matmul", {a, b}, {out}, [=, a = a.get(), b = b.get(), out = out.get()] {
                  for (size_t i = 0; i < batch; i++)
                    multiply(a->floats() + i * m * k, ta, b->floats() + i * k * n, tb, out->floats() + i * m * n, m, n, k,
                             nullptr, kLinearActivation);
                }, nullptr});
  return out;
}

}  // namespace lstm_native
