#include "recurrent_reference.h"
#include "subject.h"

namespace lstm_native_test {

namespace {

using namespace lstm_native;

struct Shape {
  size_t batch, steps, inputs, units;
};

std::vector<float> as_floats(size_t n, float value) { return std::vector<float>(n, value); }

void run_case(const Subject& subject, int cell, const Shape& s, unsigned options, uint64_t seed) {
  Numbers numbers(seed);
  const size_t gates = gate_count(cell);
  const float spread = 1.0f / std::sqrt(static_cast<float>(s.units + s.inputs));
  std::vector<float> x = numbers.vector(s.batch * s.steps * s.inputs);
  const std::vector<float> kernel = numbers.vector(s.inputs * gates * s.units, -2 * spread, 2 * spread);
  const std::vector<float> recurrent = numbers.vector(s.units * gates * s.units, -2 * spread, 2 * spread);
  const std::vector<float> bias = numbers.vector((cell == kGru ? 6 : gates) * s.units);
  const std::vector<float> h0 = numbers.vector(s.batch * s.units), c0 = numbers.vector(s.batch * s.units);
  std::vector<float> mask(s.batch * s.steps), dropout(s.batch * s.inputs), recurrent_dropout(s.batch * s.units);
  for (float& m : mask) m = numbers.below(3) != 0;
  for (float& m : dropout) m = numbers.below(3) != 0 ? 1.5f : 0;
  for (float& m : recurrent_dropout) m = numbers.below(4) != 0 ? 4.0f / 3 : 0;
  const bool masked = options & 1, many = options & 2, drop = options & 4;
  RecurrentLayer layer = {};
  layer.cell = cell;
  layer.activation = (options & 64) != 0 ? (cell == kSimpleRnn ? kReluActivation : kSigmoidActivation) : kTanhActivation;
  layer.recurrent_activation = (options & 64) != 0 ? kHardSigmoidActivation : kSigmoidActivation;
  layer.reverse = options & 8;
  layer.zero_masked = options & 16;
  layer.batch = s.batch;
  layer.steps = s.steps;
  layer.inputs = s.inputs;
  layer.units = s.units;
  layer.kernel = kernel.data();
  layer.recurrent_kernel = recurrent.data();
  layer.bias = (options & 32) == 0 ? bias.data() : nullptr;
  layer.h0 = many ? h0.data() : nullptr;
  layer.c0 = many ? c0.data() : nullptr;
  layer.mask = masked ? mask.data() : nullptr;
  layer.dropout = drop ? dropout.data() : nullptr;
  layer.recurrent_dropout = drop ? recurrent_dropout.data() : nullptr;
  layer.x = x.data();
  Reference reference(layer);
  const ReferenceResult expected = reference.forward();
  const std::vector<float> dy = numbers.vector(s.batch * s.steps * s.units), dh = numbers.vector(s.batch * s.units),
                           dc = numbers.vector(s.batch * s.units);
  const ReferenceGradients g = reference.backward(Doubles(dy.begin(), dy.end()), Doubles(dh.begin(), dh.end()),
                                                  cell == kLstm ? Doubles(dc.begin(), dc.end()) : Doubles(dh.size(), 0));
  // What lies in the padding must not matter.
  std::vector<float> dirty = x;
  if (masked)
    for (size_t i = 0; i < mask.size(); i++)
      if (mask[i] == 0) std::fill_n(dirty.begin() + static_cast<long>(i * s.inputs), s.inputs, NAN);
  layer.x = dirty.data();

  char name[128];
  std::snprintf(name, sizeof name, "%s %s B%zu T%zu I%zu U%zu options %u threads %zu", subject.context.kernels->name,
                cell == kLstm ? "lstm" : cell == kGru ? "gru" : cell == kGruBefore ? "gru before" : "simpleRnn", s.batch, s.steps, s.inputs, s.units, options,
                subject.context.pool->threads());
  const std::string what = name;
  const RecurrentWeights weights = pack_weights(subject.context, unit_of(layer));
  const size_t guard = 8;  // floats after each result that must stay untouched
  const auto guarded = [&](size_t n) { return as_floats(n + guard, 7.0f); };
  const auto untouched = [&](const std::vector<float>& v) {
    for (size_t i = v.size() - guard; i < v.size(); i++)
      if (v[i] != 7.0f) return false;
    return true;
  };
  for (int training = 0; training < 2; training++) {
    std::vector<float> y = guarded(expected.y.size()), h = guarded(expected.h.size()), c = guarded(expected.c.size());
    StackSaved saved;
    stack_forward(subject.context, stack_of(layer), {&weights}, {y.data(), {h.data()}, {c.data()}}, training ? &saved : nullptr);
    expect_close(y.data(), expected.y, 1e-5, what + " y");
    expect_close(h.data(), expected.h, 1e-5, what + " h");
    if (cell == kLstm) expect_close(c.data(), expected.c, 1e-5, what + " c");
    expect(untouched(y) && untouched(h) && untouched(c), what + " writes past its outputs");
    if (!training) continue;
    std::vector<float> dx = guarded(g.dx.size()), dk = guarded(g.dkernel.size()), dr = guarded(g.drecurrent.size()),
                       db = guarded(g.dbias.size()), dh0 = guarded(g.dh0.size()), dc0 = guarded(g.dc0.size());
    stack_backward(subject.context, stack_of(layer), &saved,
                   {dy.data(), dx.data(), nullptr,
                    {{dh.data(), cell == kLstm ? dc.data() : nullptr, dk.data(), dr.data(), db.data(), dh0.data(),
                      cell == kLstm ? dc0.data() : nullptr}}});
    expect_close(dx.data(), g.dx, 1e-5, what + " dx");
    expect_close(dk.data(), g.dkernel, 1e-5, what + " dkernel");
    expect_close(dr.data(), g.drecurrent, 1e-5, what + " drecurrentKernel");
    expect_close(db.data(), g.dbias, 1e-5, what + " dbias");
    expect_close(dh0.data(), g.dh0, 1e-5, what + " dh0");
    if (cell == kLstm) expect_close(dc0.data(), g.dc0, 1e-5, what + " dc0");
    expect(untouched(dx) && untouched(dk) && untouched(dr) && untouched(db) && untouched(dh0) && untouched(dc0),
           what + " writes past its gradients");
  }
}

}  // namespace

void test_recurrent(const Subject& subject) {
  uint64_t seed = 1;
  const Shape shapes[] = {{1, 1, 1, 1},  {1, 5, 3, 4},   {3, 4, 5, 7},    {2, 3, 16, 16},   {5, 3, 17, 33},
                          {3, 2, 8, 50}, {7, 3, 31, 63}, {13, 2, 33, 65}, {2, 130, 2, 3},   {12, 30, 4, 12},
                          {4, 2, 64, 64}, {1, 3, 5, 130}, {33, 9, 3, 20},
                          {2, 3, 4, 113}, {2, 2, 3, 209}, {1, 3, 2, 384}};  // halves of blocks
  for (const Shape& shape : shapes)
    for (int cell = kLstm; cell <= kGruBefore; cell++)
      for (const unsigned options : {0u, 1u, 2u, 4u, 8u, 3u, 17u, 27u, 15u, 31u, 32u + 7u, 64u, 64u + 31u})
        run_case(subject, cell, shape, options, seed++);
  // Large enough to be cut into slices, and for gradients of weights to be summed up in several parts.
  for (int cell = kLstm; cell <= kGruBefore; cell++)
    for (const unsigned options : {0u, 31u}) run_case(subject, cell, {26, 43, 40, 72}, options, seed++);
}

}  // namespace lstm_native_test
