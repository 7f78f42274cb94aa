#include "../runtime/session.h"

#include "../runtime/sharing.h"
#include "subject.h"

namespace lstm_native_test {

using lstm_native::LayerKind;
using lstm_native::Pool;
using lstm_native::Session;
using lstm_native::SessionLayer;
using lstm_native::Sharing;

namespace {

SessionLayer layer_of(Numbers& numbers, LayerKind kind, size_t inputs, size_t units) {
  const size_t gates = kind == LayerKind::lstm ? 4 : kind == LayerKind::gru || kind == LayerKind::gru_before ? 3 : 1;
  SessionLayer layer;
  layer.kind = kind;
  layer.inputs = inputs;
  layer.units = units;
  layer.activation = kind == LayerKind::linear ? lstm_native::kLinearActivation : lstm_native::kTanhActivation;
  layer.recurrent_activation = lstm_native::kSigmoidActivation;
  if (kind == LayerKind::softmax) return layer;
  layer.kernel = numbers.vector(inputs * gates * units, -0.2f, 0.2f);
  if (kind < LayerKind::linear) layer.recurrent_kernel = numbers.vector(units * gates * units, -0.2f, 0.2f);
  if (kind != LayerKind::embedding) layer.bias = numbers.vector((kind == LayerKind::gru ? 6 : gates) * units);
  return layer;
}

// Tokens through layers that threads share and layers that they don't.
std::vector<SessionLayer> network(LayerKind cell, size_t units, size_t classes) {
  Numbers numbers(units);
  return {layer_of(numbers, LayerKind::embedding, 11, 7), layer_of(numbers, cell, 7, units), layer_of(numbers, cell, units, 9),
          layer_of(numbers, cell, 9, units), layer_of(numbers, LayerKind::linear, units, classes),
          layer_of(numbers, LayerKind::softmax, 0, 0)};
}

// The outputs and states of some steps.
std::vector<float> steps_of(Session& session, size_t streams, Pool* pool) {
  std::vector<float> all, input(streams), output(streams * session.output_size());
  for (size_t step = 0; step < 5; step++) {
    for (size_t i = 0; i < streams; i++) input[i] = static_cast<float>((7 * step + i) % 11);
    expect(session.step(input.data(), output.data(), pool), "a step of known tokens");
    all.insert(all.end(), output.begin(), output.end());
  }
  for (const std::vector<float>* state : session.states()) all.insert(all.end(), state->begin(), state->end());
  return all;
}

// Shared among any number of threads, whether they come or not, steps give the same bits.
void test_shared_steps(const Subject& subject, LayerKind cell, size_t units, size_t classes, size_t streams, bool narrow) {
  Session alone(subject.context, streams, network(cell, units, classes), narrow);
  const std::vector<float> expected = steps_of(alone, streams, nullptr);
  for (const size_t threads : {1, 2, 4}) {
    Pool pool(threads);
    Session session(subject.context, streams, network(cell, units, classes), narrow);
    const std::string what = "a stream of " + std::to_string(units) + " units, " + std::to_string(streams) + " rows, on " +
                             std::to_string(threads) + " threads";
    expect(threads == 1 || session.parts_for(pool) > 1, what + " is shared");
    expect(steps_of(session, streams, &pool) == expected, what);
  }
}

// Steps of a time of their own, one right after the other; says which were shared.
class Clock {
 public:
  bool step(bool awake, int shared_us, int alone_us, int gap_us = 1) {
    const bool shared = sharing_.begin(now_, awake);
    now_ += std::chrono::microseconds(shared ? shared_us : alone_us);
    sharing_.end(now_);
    now_ += std::chrono::microseconds(gap_us);
    return shared;
  }
  // How many of so many steps are shared.
  int steps(int count, int shared_us, int alone_us) {
    int shared = 0;
    for (int i = 0; i < count; i++) shared += step(true, shared_us, alone_us);
    return shared;
  }

 private:
  Sharing sharing_;
  Sharing::Time now_ = Sharing::Time() + std::chrono::hours(1);
};

void test_sharing() {
  Clock rare;
  expect(!rare.step(false, 5, 10, 1000) && !rare.step(false, 5, 10, 1000), "steps far apart wake nobody");
  expect(rare.step(true, 5, 10), "threads that are awake share");
  expect(rare.step(false, 5, 10), "a step right after another wakes them");

  Clock pays;
  const int shared = pays.steps(10000, 10, 15);
  expect(shared > 9700 && shared < 10000, "steps that gain by it are shared but for those to compare with: " + std::to_string(shared));

  Clock costs;
  costs.steps(2000, 10, 8);  // a period, and what tells that it was in vain
  expect(costs.steps(5000, 10, 8) == 0, "steps that lose by it go alone");
  const int tried = costs.steps(1000000, 10, 8);  // nine seconds
  expect(tried > 5000 && tried < 25000, "and are tried again ever more seldom: " + std::to_string(tried));
}

}  // namespace

void test_session(const Subject& subject) {
  test_shared_steps(subject, LayerKind::lstm, 130, 200, 1, false);
  test_shared_steps(subject, LayerKind::gru, 200, 700, 1, true);
  test_shared_steps(subject, LayerKind::gru_before, 209, 50, 3, false);
  test_shared_steps(subject, LayerKind::simple_rnn, 300, 433, 1, false);
  test_sharing();
}

}  // namespace lstm_native_test
