#include "subject.h"

namespace lstm_native_test {

using namespace lstm_native;

namespace {

double binary_exact(int kind, double a, double b) {
  switch (kind) {
    case kAdd:
      return a + b;
    case kSub:
      return a - b;
    case kMul:
      return a * b;
    case kDiv:
      return a / b;
    case kPow:
      return std::pow(a, b);
    case kMax:
      return a > b ? a : b;
    case kMin:
      return a < b ? a : b;
    case kLess:
      return a < b;
    case kEqual:
      return a == b;
    case kSigmoidGradient:
      return a * b * (1 - b);
    default:
      return a * (1 - b * b);
  }
}

void test_binary(const KernelTable& k, Numbers& numbers) {
  for (int round = 0; round < 400; round++) {
    Walk walk = {};
    walk.rank = 1 + static_cast<int>(numbers.below(3));
    size_t total = 1;
    for (int axis = 0; axis < walk.rank; axis++) total *= walk.dims[axis] = 1 + numbers.below(axis + 1 == walk.rank ? 40 : 4);
    size_t sizes[3] = {1, 1, 1};
    for (int input = 0; input < 3; input++)
      for (int axis = walk.rank - 1; axis >= 0; axis--) {
        const bool repeated = numbers.below(3) == 0;
        walk.strides[input][axis] = repeated ? 0 : sizes[input];
        if (!repeated) sizes[input] *= walk.dims[axis];
      }
    std::vector<float> a = numbers.vector(sizes[0], 0.1f, 2), b = numbers.vector(sizes[1], -1, 2), c = numbers.vector(sizes[2]);
    c[0] = 0;
    const auto offset = [&](int input, size_t flat) {
      size_t at = 0;
      for (int axis = walk.rank - 1; axis >= 0; axis--) {
        at += flat % walk.dims[axis] * walk.strides[input][axis];
        flat /= walk.dims[axis];
      }
      return at;
    };
    // The innermost stride of each operand must be 0 or 1.
    const size_t cut = numbers.below(total + 1);
    for (int kind = kAdd; kind <= kTanhGradient; kind++) {
      std::vector<float> y(total);
      std::vector<double> expected(total);
      for (size_t i = 0; i < total; i++)
        expected[i] = binary_exact(kind, static_cast<double>(a[offset(0, i)]), static_cast<double>(b[offset(1, i)]));
      k.binary(kind, &walk, a.data(), b.data(), y.data(), 0, cut);
      k.binary(kind, &walk, a.data(), b.data(), y.data(), cut, total);
      expect_close(y.data(), expected, 1e-6, std::string(k.name) + " binary " + std::to_string(kind));
    }
    std::vector<float> y(total);
    std::vector<double> expected(total);
    Walk chosen = walk;
    for (int axis = 0; axis < walk.rank; axis++) {
      chosen.strides[0][axis] = walk.strides[2][axis];
      chosen.strides[1][axis] = walk.strides[0][axis];
      chosen.strides[2][axis] = walk.strides[1][axis];
    }
    for (size_t i = 0; i < total; i++)
      expected[i] = static_cast<double>(c[offset(2, i)] != 0 ? a[offset(0, i)] : b[offset(1, i)]);
    k.select(&chosen, c.data(), a.data(), b.data(), y.data(), 0, total);
    expect_close(y.data(), expected, 0, std::string(k.name) + " select");
  }
}

void test_reduce(const KernelTable& k, Numbers& numbers) {
  for (int round = 0; round < 300; round++) {
    const size_t outer = 1 + numbers.below(5), inner = round % 3 == 0 ? 1 : 1 + numbers.below(90);
    const size_t length = round % 10 == 0 ? 3000 : 1 + numbers.below(70);
    const std::vector<float> x = numbers.vector(outer * length * inner);
    std::vector<double> sum(outer * inner), top(outer * inner, -INFINITY), at(outer * inner);
    for (size_t o = 0; o < outer; o++)
      for (size_t l = 0; l < length; l++)
        for (size_t i = 0; i < inner; i++) {
          const double v = static_cast<double>(x[(o * length + l) * inner + i]);
          sum[o * inner + i] += v;
          if (v > top[o * inner + i]) top[o * inner + i] = v, at[o * inner + i] = static_cast<double>(l);
        }
    std::vector<float> y(sum.size());
    std::vector<int32_t> index(sum.size());
    k.reduce_sum(x.data(), y.data(), 0, sum.size() / 2, length, inner);
    k.reduce_sum(x.data(), y.data(), sum.size() / 2, sum.size(), length, inner);
    expect_close(y.data(), sum, 1e-6, std::string(k.name) + " reduce sum");
    k.reduce_max(x.data(), y.data(), 0, sum.size(), length, inner);
    expect_close(y.data(), top, 0, std::string(k.name) + " reduce max");
    k.argmax(x.data(), index.data(), 0, sum.size(), length, inner);
    const std::vector<float> found(index.begin(), index.end());
    expect_close(found.data(), at, 0, std::string(k.name) + " argmax");
  }
}

void test_softmax_and_norm(const KernelTable& k, Numbers& numbers) {
  for (const size_t n : {1, 2, 3, 7, 15, 16, 17, 33, 96, 200}) {
    const size_t rows = 5;
    const std::vector<float> x = numbers.vector(rows * n, -4, 4), dy = numbers.vector(rows * n), dl = numbers.vector(rows);
    const std::vector<float> gamma = numbers.vector(n), beta = numbers.vector(n);
    std::vector<int32_t> labels(rows);
    for (int32_t& label : labels) label = static_cast<int32_t>(numbers.below(n));
    std::vector<double> loss(rows), dlogits(rows * n), y(rows * n), dx(rows * n), dgamma(n), dbeta(n);
    const double epsilon = 1e-3;
    for (size_t r = 0; r < rows; r++) {
      const auto v = [&](size_t i) { return static_cast<double>(x[r * n + i]); };
      double sum = 0, mean = 0, variance = 0;
      for (size_t i = 0; i < n; i++) sum += std::exp(v(i)), mean += v(i) / static_cast<double>(n);
      for (size_t i = 0; i < n; i++) variance += (v(i) - mean) * (v(i) - mean) / static_cast<double>(n);
      const size_t label = static_cast<size_t>(labels[r]);
      loss[r] = std::log(sum) - v(label);
      const double scale = 1 / std::sqrt(variance + epsilon);
      double g_mean = 0, g_normal = 0;
      for (size_t i = 0; i < n; i++) {
        dlogits[r * n + i] = (std::exp(v(i)) / sum - (i == label)) * static_cast<double>(dl[r]);
        const double normal = (v(i) - mean) * scale, d = static_cast<double>(dy[r * n + i]);
        y[r * n + i] = normal * static_cast<double>(gamma[i]) + static_cast<double>(beta[i]);
        g_mean += d * static_cast<double>(gamma[i]) / static_cast<double>(n);
        g_normal += d * static_cast<double>(gamma[i]) * normal / static_cast<double>(n);
        dgamma[i] += d * normal;
        dbeta[i] += d;
      }
      for (size_t i = 0; i < n; i++)
        dx[r * n + i] = scale * (static_cast<double>(dy[r * n + i]) * static_cast<double>(gamma[i]) - g_mean -
                                 (v(i) - mean) * scale * g_normal);
    }
    const std::string what = std::string(k.name) + " n " + std::to_string(n);
    std::vector<float> out(rows * n), lse(2 * rows), statistics(2 * rows), out_dx(rows * n), out_gamma(n), out_beta(n), losses(rows);
    k.softmax_cross_entropy(x.data(), labels.data(), losses.data(), lse.data(), rows, n);
    expect_close(losses.data(), loss, 1e-6, what + " softmaxCrossEntropy");
    k.softmax_cross_entropy_backward(x.data(), labels.data(), lse.data(), dl.data(), out.data(), rows, n);
    expect_close(out.data(), dlogits, 1e-6, what + " softmaxCrossEntropy gradient");
    k.layer_norm(x.data(), gamma.data(), beta.data(), static_cast<float>(epsilon), out.data(), statistics.data(), rows, n);
    expect_close(out.data(), y, 2e-6, what + " layerNorm");
    k.layer_norm_backward(x.data(), gamma.data(), statistics.data(), dy.data(), out_dx.data(), out_gamma.data(), out_beta.data(), rows, n);
    expect_close(out_dx.data(), dx, 1e-5, what + " layerNorm dx");
    expect_close(out_gamma.data(), dgamma, 2e-6, what + " layerNorm dgamma");
    expect_close(out_beta.data(), dbeta, 2e-6, what + " layerNorm dbeta");
  }
}

}  // namespace

void test_rows(const Subject& subject) {
  Numbers numbers(77);
  test_binary(*subject.context.kernels, numbers);
  test_reduce(*subject.context.kernels, numbers);
  test_softmax_and_norm(*subject.context.kernels, numbers);
}

}  // namespace lstm_native_test
