#include <cstring>

#include "subject.h"

namespace lstm_native_test {

namespace {

using namespace lstm_native;

// Distance in units in the last place of the exact result.
double ulps(float actual, double exact) {
  if (std::isnan(exact)) return std::isnan(actual) ? 0 : 1e9;
  if (std::isinf(exact) || std::fabs(exact) > 3.4028235677973366e38)
    return std::isinf(actual) && (actual > 0) == (exact > 0) ? 0 : 1e9;
  if (std::fabs(exact) < 1.17549435e-38) return std::fabs(actual) <= 1.1754945e-38 ? 0 : 1e9;
  int exponent;
  std::frexp(exact, &exponent);
  return std::fabs(actual - exact) / std::ldexp(1.0, exponent - 24);
}

struct Function {
  int kind;
  const char* name;
  double (*exact)(double);
  double limit;
};

const Function functions[] = {
    {kNeg, "neg", [](double x) { return -x; }, 0},
    {kAbs, "abs", [](double x) { return std::fabs(x); }, 0},
    {kSign, "sign", [](double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }, 0},
    {kExp, "exp", [](double x) { return std::exp(x); }, 5},
    {kExpm1, "expm1", [](double x) { return std::expm1(x); }, 5},
    {kLog, "log", [](double x) { return std::log(x); }, 5},
    {kLog1p, "log1p", [](double x) { return std::log1p(x); }, 5},
    {kSqrt, "sqrt", [](double x) { return std::sqrt(x); }, 0.5},
    {kRecip, "recip", [](double x) { return 1 / x; }, 0.5},
    {kFloor, "floor", [](double x) { return std::floor(x); }, 0},
    {kErf, "erf", [](double x) { return std::erf(x); }, 5},
    {kRelu, "relu", [](double x) { return std::isnan(x) ? x : x > 0 ? x : 0; }, 0},
    {kSigmoid, "sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }, 5},
    {kTanh, "tanh", [](double x) { return std::tanh(x); }, 5},
};

}  // namespace

void test_math(const Subject& subject) {
  const KernelTable& k = *subject.context.kernels;
  std::vector<float> x = {0.0f, -0.0f, 1.0f, -1.0f, INFINITY, -INFINITY, NAN, 3.4e38f, -3.4e38f, 1.2e-38f, 88.7f, 88.73f,
                          -87.3f, -103.0f, 8388609.0f, 0.999999f, 1.000001f, 1e-8f, -1e-8f};
  Numbers numbers(5);
  for (int i = 0; i < 400000; i++) x.push_back(numbers.uniform(-12, 12));
  for (int i = 0; i < 400000; i++) x.push_back(numbers.uniform(-100, 100));
  for (int i = 0; i < 400000; i++) {  // any bit pattern of normal size
    const uint32_t bits = static_cast<uint32_t>(numbers.bits() >> 32);
    float v;
    std::memcpy(&v, &bits, 4);
    x.push_back(std::fabs(v) < 1.2e-38f ? 0.25f : v);
  }
  std::vector<float> y(x.size());
  for (const Function& f : functions) {
    k.unary(f.kind, x.data(), y.data(), x.size());
    double worst = 0;
    float at = 0;
    for (size_t i = 0; i < x.size(); i++) {
      const double error = ulps(y[i], f.exact(static_cast<double>(x[i])));
      if (error > worst) worst = error, at = x[i];
    }
    char text[96];
    std::snprintf(text, sizeof text, "%s %s: %.2f ulp at %.9g", k.name, f.name, worst, static_cast<double>(at));
    expect(worst <= f.limit, text);
    if (f.limit > 1) std::printf("  %s\n", text);
    for (size_t n = 0; n < 40; n++) {  // tails: the same values, nothing past the end
      std::vector<float> tail(n + 1, 7.0f);
      k.unary(f.kind, x.data() + 20, tail.data(), n);
      bool same = tail[n] == 7.0f;
      for (size_t i = 0; i < n; i++) same = same && (tail[i] == y[20 + i] || std::isnan(tail[i]));
      expect(same, std::string(k.name) + " " + f.name + ": tail");
    }
  }
}

}  // namespace lstm_native_test
