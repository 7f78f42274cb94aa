// The recurrent layers in plain double loops, forward and backward, written from the formulas.
#pragma once
#include <cmath>
#include <vector>

#include "layer.h"

namespace lstm_native_test {

typedef std::vector<double> Doubles;

struct ReferenceResult {
  Doubles y, h, c;
};
struct ReferenceGradients {
  Doubles dx, dkernel, drecurrent, dbias, dh0, dc0;
};

inline double activate(int kind, double x) {
  switch (kind) {
    case lstm_native::kTanhActivation:
      return std::tanh(x);
    case lstm_native::kSigmoidActivation:
      return 1 / (1 + std::exp(-x));
    case lstm_native::kHardSigmoidActivation:
      return std::fmin(1, std::fmax(0, x / 6 + 0.5));
    case lstm_native::kReluActivation:
      return std::fmax(0, x);
    default:
      return x;
  }
}

inline double slope(int kind, double y) {
  switch (kind) {
    case lstm_native::kTanhActivation:
      return 1 - y * y;
    case lstm_native::kSigmoidActivation:
      return y * (1 - y);
    case lstm_native::kHardSigmoidActivation:
      return y > 0 && y < 1 ? 1.0 / 6 : 0;
    case lstm_native::kReluActivation:
      return y > 0;
    default:
      return 1;
  }
}

inline size_t gate_count(int cell) { return cell == lstm_native::kLstm ? 4 : cell == lstm_native::kSimpleRnn ? 1 : 3; }

// One sequence at a time; every sequence keeps what its backward walk needs.
class Reference {
 public:
  explicit Reference(const RecurrentLayer& layer) : l(layer), gates(gate_count(l.cell)) {}

  ReferenceResult forward() {
    const size_t u = l.units, t = l.steps;
    ReferenceResult out;
    out.y.assign(l.batch * t * u, 0);
    out.h.assign(l.batch * u, 0);
    out.c.assign(l.batch * u, 0);
    states.assign(l.batch, {});
    for (size_t b = 0; b < l.batch; b++) {
      Doubles h(u), c(u);
      for (size_t i = 0; i < u; i++) h[i] = l.h0 ? l.h0[b * u + i] : 0;
      for (size_t i = 0; i < u; i++) c[i] = l.c0 ? l.c0[b * u + i] : 0;
      Doubles repeated(u, 0);
      for (size_t s = 0; s < t; s++) {
        const size_t time = l.reverse ? t - 1 - s : s;
        Step step;
        step.valid = !l.mask || l.mask[b * t + time] != 0;
        step.h = h;
        step.c = c;
        if (step.valid) {
          cell(b, time, step, h, c);
          repeated = h;
        }
        for (size_t i = 0; i < u; i++) out.y[(b * t + time) * u + i] = step.valid ? h[i] : l.zero_masked ? 0 : repeated[i];
        states[b].push_back(step);
      }
      for (size_t i = 0; i < u; i++) out.h[b * u + i] = h[i], out.c[b * u + i] = c[i];
    }
    return out;
  }

  ReferenceGradients backward(const Doubles& dy, const Doubles& dh_end, const Doubles& dc_end) {
    const size_t u = l.units, t = l.steps, n = l.inputs;
    ReferenceGradients g;
    g.dx.assign(l.batch * t * n, 0);
    g.dkernel.assign(n * gates * u, 0);
    g.drecurrent.assign(u * gates * u, 0);
    g.dbias.assign((l.cell == lstm_native::kGru ? 6 : gates) * u, 0);
    g.dh0.assign(l.batch * u, 0);
    g.dc0.assign(l.batch * u, 0);
    for (size_t b = 0; b < l.batch; b++) {
      Doubles dh(dh_end.begin() + b * u, dh_end.begin() + (b + 1) * u), dc(dc_end.begin() + b * u, dc_end.begin() + (b + 1) * u);
      Doubles later(u, 0);
      for (size_t s = t; s-- > 0;) {
        const size_t time = l.reverse ? t - 1 - s : s;
        const Step& step = states[b][s];
        const double* dy_row = &dy[(b * t + time) * u];
        if (!step.valid) {
          if (!l.zero_masked)
            for (size_t i = 0; i < u; i++) later[i] += dy_row[i];
          continue;
        }
        for (size_t i = 0; i < u; i++) dh[i] += dy_row[i] + later[i], later[i] = 0;
        cell_backward(b, time, step, dh, dc, g);
      }
      for (size_t i = 0; i < u; i++) g.dh0[b * u + i] = dh[i], g.dc0[b * u + i] = dc[i];
    }
    return g;
  }

 private:
  struct Step {
    bool valid;
    Doubles h, c, a, inner, c_after;  // state before; activated gates; GRU: recurrent share of the candidate
  };

  double input(size_t b, size_t time, size_t i) const {
    return l.x[(b * l.steps + time) * l.inputs + i] * (l.dropout ? l.dropout[b * l.inputs + i] : 1.0);
  }
  double recurrent_input(size_t b, const Step& step, size_t i) const {
    return step.h[i] * (l.recurrent_dropout ? l.recurrent_dropout[b * l.units + i] : 1.0);
  }

  void cell(size_t b, size_t time, Step& step, Doubles& h, Doubles& c) const {
    const size_t u = l.units, w = gates * u;
    Doubles from_x(w), from_h(w);
    for (size_t j = 0; j < w; j++) {
      from_x[j] = l.bias ? l.bias[j] : 0;
      from_h[j] = l.bias && l.cell == lstm_native::kGru ? l.bias[w + j] : 0;
      for (size_t i = 0; i < l.inputs; i++) from_x[j] += input(b, time, i) * l.kernel[i * w + j];
      for (size_t i = 0; i < u; i++) from_h[j] += recurrent_input(b, step, i) * l.recurrent_kernel[i * w + j];
    }
    step.a.assign(w, 0);
    const int act = l.activation, gate = l.recurrent_activation;
    for (size_t i = 0; i < u; i++) {
      if (l.cell == lstm_native::kLstm) {
        for (size_t k = 0; k < 4; k++) step.a[k * u + i] = activate(k == 2 ? act : gate, from_x[k * u + i] + from_h[k * u + i]);
        c[i] = step.a[u + i] * c[i] + step.a[i] * step.a[2 * u + i];
        h[i] = step.a[3 * u + i] * activate(act, c[i]);
      } else if (l.cell == lstm_native::kGru) {
        for (size_t k = 0; k < 2; k++) step.a[k * u + i] = activate(gate, from_x[k * u + i] + from_h[k * u + i]);
        step.a[2 * u + i] = activate(act, from_x[2 * u + i] + step.a[u + i] * from_h[2 * u + i]);
        h[i] = step.a[i] * h[i] + (1 - step.a[i]) * step.a[2 * u + i];
      } else if (l.cell == lstm_native::kSimpleRnn) {
        step.a[i] = activate(act, from_x[i] + from_h[i]);
        h[i] = step.a[i];
      }
    }
    if (l.cell == lstm_native::kGruBefore) {
      for (size_t j = 0; j < 2 * u; j++) step.a[j] = activate(gate, from_x[j] + from_h[j]);
      for (size_t i = 0; i < u; i++) {
        double candidate = from_x[2 * u + i];
        for (size_t k = 0; k < u; k++) candidate += step.a[u + k] * recurrent_input(b, step, k) * l.recurrent_kernel[k * w + 2 * u + i];
        step.a[2 * u + i] = activate(act, candidate);
      }
      for (size_t i = 0; i < u; i++) h[i] = step.a[i] * h[i] + (1 - step.a[i]) * step.a[2 * u + i];
    }
    step.inner = from_h;
    step.c_after = c;
  }

  void cell_backward(size_t b, size_t time, const Step& step, Doubles& dh, Doubles& dc, ReferenceGradients& g) const {
    const size_t u = l.units, w = gates * u;
    const int act = l.activation, gate = l.recurrent_activation;
    Doubles to_x(w), to_h(w), direct(u, 0);
    for (size_t i = 0; i < u; i++) {
      const auto a = [&](size_t k) { return step.a[k * u + i]; };
      if (l.cell == lstm_native::kLstm) {
        const double squashed = activate(act, step.c_after[i]);
        const double d = dc[i] + dh[i] * a(3) * slope(act, squashed);
        to_x[i] = d * a(2) * slope(gate, a(0));
        to_x[u + i] = d * step.c[i] * slope(gate, a(1));
        to_x[2 * u + i] = d * a(0) * slope(act, a(2));
        to_x[3 * u + i] = dh[i] * squashed * slope(gate, a(3));
        dc[i] = d * a(1);
      } else if (l.cell == lstm_native::kGru) {
        const double dn = dh[i] * (1 - a(0)) * slope(act, a(2));
        to_x[i] = dh[i] * (step.h[i] - a(2)) * slope(gate, a(0));
        to_x[u + i] = dn * step.inner[2 * u + i] * slope(gate, a(1));
        to_x[2 * u + i] = dn;
        direct[i] = dh[i] * a(0);
      } else if (l.cell == lstm_native::kGruBefore) {
        to_x[i] = dh[i] * (step.h[i] - a(2)) * slope(gate, a(0));
        to_x[2 * u + i] = dh[i] * (1 - a(0)) * slope(act, a(2));
        direct[i] = dh[i] * a(0);
      } else {
        to_x[i] = dh[i] * slope(act, a(0));
      }
    }
    Doubles through(u, 0);  // to h as it enters, by way of r * h
    if (l.cell == lstm_native::kGruBefore)
      for (size_t i = 0; i < u; i++) {
        double d = 0;
        for (size_t j = 0; j < u; j++) d += to_x[2 * u + j] * l.recurrent_kernel[i * w + 2 * u + j];
        to_x[u + i] = d * recurrent_input(b, step, i) * slope(gate, step.a[u + i]);
        through[i] = d * step.a[u + i] * (l.recurrent_dropout ? l.recurrent_dropout[b * u + i] : 1.0);
        direct[i] += through[i];
      }
    to_h = to_x;
    if (l.cell == lstm_native::kGru)
      for (size_t i = 0; i < u; i++) to_h[2 * u + i] = to_x[2 * u + i] * step.a[u + i];
    dh = direct;
    for (size_t j = 0; j < w; j++) {
      g.dbias[j] += to_x[j];
      if (l.cell == lstm_native::kGru) g.dbias[w + j] += to_h[j];
      for (size_t i = 0; i < l.inputs; i++) {
        g.dkernel[i * w + j] += input(b, time, i) * to_x[j];
        g.dx[(b * l.steps + time) * l.inputs + i] +=
            to_x[j] * l.kernel[i * w + j] * (l.dropout ? l.dropout[b * l.inputs + i] : 1.0);
      }
      for (size_t i = 0; i < u; i++) {
        const bool reset = l.cell == lstm_native::kGruBefore && j >= 2 * u;
        g.drecurrent[i * w + j] += recurrent_input(b, step, i) * to_h[j] * (reset ? step.a[u + i] : 1.0);
        if (!reset) dh[i] += to_h[j] * l.recurrent_kernel[i * w + j] * (l.recurrent_dropout ? l.recurrent_dropout[b * u + i] : 1.0);
      }
    }
  }

  const RecurrentLayer l;
  const size_t gates;
  std::vector<std::vector<Step>> states;
};

}  // namespace lstm_native_test
