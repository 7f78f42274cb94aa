// GFLOP/s of the fused kernels on the benchmark workloads, and the share of a multiply-add loop's speed in the same run.
//   benchmark [threads] [instruction set, or best] [workload]
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>

#include "../runtime/session.h"
#include "../runtime/sharing.h"
#include "layer.h"
#include "subject.h"

namespace {

using namespace lstm_native;
using lstm_native_test::Numbers;
using lstm_native_test::RecurrentLayer;
using lstm_native_test::stack_of;
using lstm_native_test::unit_of;
using Clock = std::chrono::steady_clock;

double seconds(Clock::time_point from) { return std::chrono::duration<double>(Clock::now() - from).count(); }

double peak_gflops(const KernelTable& k) {
  std::vector<float> out(16 * 64);
  double best = 0;
  for (int i = 0; i < 20; i++) {
    const auto start = Clock::now();
    k.peak(20000, out.data());
    best = std::max(best, 20000.0 * 24 * 2 * static_cast<double>(k.lanes) / seconds(start) * 1e-9);
  }
  return best;
}

struct Layer {
  RecurrentLayer layer = {};
  std::vector<float> x, kernel, recurrent, bias, y, h, c, dy, dx, dk, dr, db;
  std::unique_ptr<Session> session;
  Sharing sharing;
  double flops(bool training) const {
    const double gates = layer.cell == kLstm ? 4 : layer.cell == kGru ? 3 : 1;
    const double product = 2.0 * static_cast<double>(layer.batch * layer.steps) * gates * static_cast<double>(layer.units);
    const double in = product * static_cast<double>(layer.inputs), hidden = product * static_cast<double>(layer.units);
    return training ? 3 * hidden + (layer.inputs > 1 ? 3 : 2) * in : hidden + in;
  }
  Layer(int cell, size_t batch, size_t steps, size_t inputs, size_t units) {
    Numbers numbers(3);
    const size_t gates = cell == kLstm ? 4 : cell == kGru ? 3 : 1;
    x = numbers.vector(batch * steps * inputs);
    kernel = numbers.vector(inputs * gates * units, -0.1f, 0.1f);
    recurrent = numbers.vector(units * gates * units, -0.1f, 0.1f);
    bias = numbers.vector(2 * gates * units);
    y.resize(batch * steps * units);
    dy = numbers.vector(y.size(), -0.01f, 0.01f);
    h.resize(batch * units);
    c.resize(batch * units);
    dx.resize(x.size());
    dk.resize(kernel.size());
    dr.resize(recurrent.size());
    db.resize(bias.size());
    layer.cell = cell;
    layer.activation = kTanhActivation;
    layer.recurrent_activation = kSigmoidActivation;
    layer.batch = batch;
    layer.steps = steps;
    layer.inputs = inputs;
    layer.units = units;
    layer.x = x.data();
    layer.kernel = kernel.data();
    layer.recurrent_kernel = recurrent.data();
    layer.bias = bias.data();
  }
  void train(const Context& context) {
    const RecurrentWeights weights = pack_weights(context, unit_of(layer));
    StackSaved saved;
    stack_forward(context, stack_of(layer), {&weights}, {y.data(), {h.data()}, {c.data()}}, &saved);
    stack_backward(context, stack_of(layer), &saved,
                   {dy.data(), layer.inputs > 1 ? dx.data() : nullptr, nullptr, {{nullptr, nullptr, dk.data(), dr.data(), db.data(), nullptr, nullptr}}});
  }
  void infer(const Context& context, const RecurrentWeights& weights) {
    if (layer.steps == 1) {
      step(context);
      return;
    }
    stack_forward(context, stack_of(layer), {&weights}, {y.data(), {h.data()}, {c.data()}}, nullptr);
  }
  // Of a stream of an LSTM.
  void step(const Context& context) {
    if (session == nullptr) {
      SessionLayer lstm = {LayerKind::lstm, layer.inputs, layer.units, layer.activation, layer.recurrent_activation, kernel, recurrent, bias};
      session = std::make_unique<Session>(context, layer.batch, std::vector<SessionLayer>{lstm}, false);
    }
    sharing.run(context.pool, session->parts_for(*context.pool), [&](Pool* pool) { return session->step(x.data(), y.data(), pool); });
  }
};

struct Workload {
  const char* name;
  int cell;
  bool training;
  std::vector<std::vector<size_t>> layers;  // batch, steps, inputs, units
};

}  // namespace

int main(int count, char** arguments) {
  const FlushDenormals flush;
  const size_t threads = count > 1 ? static_cast<size_t>(std::atoi(arguments[1])) : 1;
  const std::string wanted = count > 2 ? arguments[2] : "best";
  const KernelTable* table = find_kernels(wanted == "best" ? "" : wanted);
  if (table == nullptr) return 2;
  Pool pool(threads);
  const Context context = {table, &pool};
  const Workload workloads[] = {
      {"train.forecast", kLstm, true, {{32, 60, 1, 50}, {32, 60, 50, 50}}},
      {"train.classify", kLstm, true, {{32, 200, 128, 128}}},
      {"train.charlm", kLstm, true, {{64, 100, 128, 512}, {64, 100, 512, 512}}},
      {"train.large", kLstm, true, {{64, 50, 1024, 1024}}},
      {"gru.classify", kGru, true, {{32, 200, 128, 128}}},
      {"infer.stream", kLstm, false, {{1, 1, 128, 128}}},
      {"infer.single", kLstm, false, {{1, 100, 256, 256}}},
      {"infer.batch", kLstm, false, {{32, 100, 128, 512}, {32, 100, 512, 512}}},
      {"infer.large", kLstm, false, {{64, 50, 1024, 1024}}},
  };
  std::printf("%s, %zu threads\n%-16s %10s %10s %8s %8s\n", table->name, threads, "workload", "best ms", "median", "GFLOP/s", "of peak");
  for (const Workload& workload : workloads) {
    if (count > 3 && std::string(arguments[3]) != workload.name) continue;
    std::vector<Layer> layers;
    for (const auto& s : workload.layers) layers.emplace_back(workload.cell, s[0], s[1], s[2], s[3]);
    double flops = 0;
    for (const Layer& layer : layers) flops += layer.flops(workload.training);
    std::vector<RecurrentWeights> weights;
    for (const Layer& layer : layers) weights.push_back(pack_weights(context, unit_of(layer.layer)));
    const int runs = std::max(8, std::min(400, static_cast<int>(1.2e11 / flops)));
    const int inner = std::max(1, static_cast<int>(2e7 / flops));
    std::vector<double> times;
    double peak = peak_gflops(*table);
    for (int run = 0; run < runs; run++) {
      const auto start = Clock::now();
      for (int i = 0; i < inner; i++)
        for (size_t l = 0; l < layers.size(); l++) {
          if (workload.training) {
            layers[l].train(context);
          } else {
            layers[l].infer(context, weights[l]);
          }
        }
      times.push_back(seconds(start) / inner);
    }
    peak = std::max(peak, peak_gflops(*table)) * static_cast<double>(threads);
    std::sort(times.begin(), times.end());
    const double speed = flops / times[0] * 1e-9;
    std::printf("%-16s %10.4f %10.4f %8.1f %7.0f%%\n", workload.name, times[0] * 1e3, times[times.size() / 2] * 1e3, speed,
                100 * speed / peak);
  }
  return 0;
}
