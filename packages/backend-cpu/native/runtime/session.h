// A stack of layers stepped through time without a queue: weights packed once, state kept here.
#pragma once
#include <algorithm>
#include <memory>
#include <vector>

#include "recurrent.h"

namespace lstm_native {

enum class LayerKind { lstm, gru, simple_rnn, gru_before, linear, softmax, embedding };

struct SessionLayer {
  LayerKind kind;
  size_t inputs = 0, units = 0;  // an embedding has `inputs` rows
  int activation = 0, recurrent_activation = 0;
  std::vector<float> kernel, recurrent_kernel, bias;
};

class Session {
 public:
  // narrow: weights are kept in bfloat16. The pool of the context packs them, and is needed no longer.
  Session(const Context& context, size_t sessions, std::vector<SessionLayer> layers, bool narrow);
  size_t input_size() const { return layers_.front().spec.kind == LayerKind::embedding ? 1 : layers_.front().spec.inputs; }
  size_t output_size() const { return output_size_; }
  // False when a token is out of range; then nothing has changed. The threads of a pool, if one is given, share the step, which gives
  // the same to the bit.
  bool step(const float* input, float* output, Pool* pool = nullptr);
  // How many of its threads would.
  size_t parts_for(const Pool& pool) const { return std::min(parts_, pool.threads()); }
  // The states of each recurrent layer: h [sessions, units], then c of an LSTM.
  std::vector<std::vector<float>*> states();

 private:
  struct Layer {
    SessionLayer spec;
    RecurrentWeights weights;  // of a linear layer the kernel only
    Block scratch, output;
    std::vector<float> h, c;
    Recurrent call = {};
    const float* input = nullptr;  // the output of the layer before
    size_t parts = 1;              // that are worth a thread each
  };
  // All parts of a stage have ended before the next begins: the phases of each layer's step.
  struct Stage {
    size_t layer;
    int phase;
  };
  void prepare_linear(Layer& layer, bool narrow);
  void prepare_recurrent(const Context& context, Layer& layer, bool narrow);
  void run(const Stage& stage, size_t parts, size_t part);
  void run_linear(Layer& layer, size_t parts, size_t part) const;

  const KernelTable& kernels_;
  size_t sessions_, output_size_, parts_ = 1;
  std::vector<Layer> layers_;
  std::vector<Stage> stages_;
};

}  // namespace lstm_native
