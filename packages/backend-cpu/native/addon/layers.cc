// Recurrent layers: whole sequences, one layer or several on top of each other, forward and backward.
#include "engine.h"

namespace lstm_native {

// A forward call as backward needs it again.
struct SavedStack {
  Stack stack;  // its pointers are set when the work runs
  std::vector<TensorRef> inputs;
  StackSaved saved;
  bool spent = false;  // by an earlier backward call
};

namespace {

// Order of the inputs on the JavaScript side: those of the stack, then those of each unit.
enum Input { kX, kTokens, kTable, kMask, kStackInputs };
enum UnitInput { kKernel, kRecurrentKernel, kBias, kH0, kC0, kDropoutMask, kRecurrentDropoutMask, kUnitInputs };
constexpr size_t kUnitNumbers = 7;
constexpr size_t kUnitNeeds = 5;  // gradients of a unit: its inputs up to c0

const float* data_of(const TensorRef& tensor) { return tensor == nullptr ? nullptr : tensor->floats(); }

const TensorRef& unit_input(const std::vector<TensorRef>& inputs, size_t unit, UnitInput which) {
  return inputs[kStackInputs + unit * kUnitInputs + which];
}

// What a tensor has before the work that makes it has run.
const float* presence_of(const TensorRef& tensor) {
  static const float present = 0;
  return tensor == nullptr ? nullptr : &present;
}

void point(Stack& stack, const std::vector<TensorRef>& inputs, const float* (*place)(const TensorRef& tensor) = data_of) {
  stack.x = place(inputs[kX]);
  stack.tokens = reinterpret_cast<const int32_t*>(place(inputs[kTokens]));
  stack.table = place(inputs[kTable]);
  stack.mask = place(inputs[kMask]);
  for (size_t i = 0; i < stack.units.size(); i++) {
    StackUnit& u = stack.units[i];
    u.kernel = place(unit_input(inputs, i, kKernel));
    u.recurrent_kernel = place(unit_input(inputs, i, kRecurrentKernel));
    u.bias = place(unit_input(inputs, i, kBias));
    u.h0 = place(unit_input(inputs, i, kH0));
    u.c0 = place(unit_input(inputs, i, kC0));
    u.dropout = place(unit_input(inputs, i, kDropoutMask));
    u.recurrent_dropout = place(unit_input(inputs, i, kRecurrentDropoutMask));
  }
}

// Of the last layer so far.
size_t output_width(const Stack& stack) {
  size_t width = 0;
  for (const StackUnit& unit : stack.units)
    if (unit.layer == stack.units.back().layer) width += unit.units;
  return width;
}

uint64_t version_of(const TensorRef& tensor) { return tensor == nullptr ? 0 : tensor->version; }

// Packed weights of a unit, from the last call where nothing changed since. Weights that fit bfloat16 are packed in half the
// memory where so few rows meet them that reading them is what takes the time.
std::shared_ptr<PackedWeights> packed_for(const Context& context, const Stack& stack, const StackUnit& unit,
                                          const TensorRef& kernel, const TensorRef& recurrent, const TensorRef& bias) {
  constexpr size_t most_rows = 4;
  const Narrow narrow = {kernel->fits_bfloat16 && stack.batch * stack.steps <= most_rows,
                         recurrent->fits_bfloat16 && stack.batch <= most_rows};
  const std::shared_ptr<PackedWeights>& last = kernel->packed;
  if (last != nullptr && last->cell == unit.cell && last->recurrent == recurrent && last->bias == bias &&
      last->narrow.kernel == narrow.kernel && last->narrow.recurrent == narrow.recurrent &&
      last->kernel_version == kernel->version && last->recurrent_version == recurrent->version &&
      last->bias_version == version_of(bias))
    return last;
  auto packed = std::make_shared<PackedWeights>();
  packed->weights = pack_weights(context, unit, narrow);
  packed->recurrent = recurrent;
  packed->bias = bias;
  packed->kernel_version = kernel->version;
  packed->recurrent_version = recurrent->version;
  packed->bias_version = version_of(bias);
  packed->cell = unit.cell;
  packed->narrow = narrow;
  if (kernel != recurrent && kernel != bias) kernel->packed = packed;  // else it would own itself
  return packed;
}

// A forward call that leaves to backward what it needs.
void train(const Context& context, const Stack& stack, const StackOutput& output, StackSaved* saved) {
  std::vector<RecurrentWeights> packed;
  for (const StackUnit& unit : stack.units) packed.push_back(pack_weights(context, unit));
  std::vector<const RecurrentWeights*> weights;
  for (const RecurrentWeights& each : packed) weights.push_back(&each);
  stack_forward(context, stack, weights, output, saved);
}

// Packed weights are kept for the next call.
void predict(const Context& context, const Stack& stack, const std::vector<TensorRef>& inputs, const StackOutput& output) {
  std::vector<std::shared_ptr<PackedWeights>> packed;
  std::vector<const RecurrentWeights*> weights;
  for (size_t i = 0; i < stack.units.size(); i++) {
    packed.push_back(packed_for(context, stack, stack.units[i], unit_input(inputs, i, kKernel),
                                unit_input(inputs, i, kRecurrentKernel), unit_input(inputs, i, kBias)));
    weights.push_back(&packed.back()->weights);
  }
  stack_forward(context, stack, weights, output, nullptr);
}

// One unit with its numbers, over `below` inputs, and its tensors checked.
StackUnit parse_unit(Napi::Env env, const Stack& stack, const size_t* n, size_t below, const std::vector<TensorRef>& inputs) {
  const size_t at = stack.units.size();
    require(env, n[1] <= kGruBefore && n[2] <= kReluActivation && n[3] <= kReluActivation,
          "there is no such cell or activation.");
  StackUnit u = {};
  u.layer = n[0];
  u.cell = static_cast<int>(n[1]);
  u.activation = static_cast<int>(n[2]);
  u.recurrent_activation = static_cast<int>(n[3]);
  u.reverse = n[4] != 0;
  u.zero_masked = n[5] != 0;
  u.inputs = below;
  u.units = n[6];
  require(env, u.units > 0, "no axis may have length 0.");
  const bool second = at > 0 && stack.units[at - 1].layer == u.layer;
  require(env, !second || (u.reverse && !stack.units[at - 1].reverse),
          "two units of a layer are one forward and one in reverse.");
  const size_t gates = gates_of(u.cell), states = product(env, {stack.batch, u.units});
  const auto input = [&](UnitInput which) { return unit_input(inputs, at, which); };
  require(env, input(kKernel) != nullptr && input(kRecurrentKernel) != nullptr, "kernel and recurrentKernel are required.");
  require_count(env, input(kKernel), product(env, {u.inputs, gates, u.units}), "kernel");
  require_count(env, input(kRecurrentKernel), product(env, {u.units, gates, u.units}), "recurrentKernel");
  require_count(env, input(kBias), product(env, {bias_rows(u.cell), gates, u.units}), "bias");
  require(env, input(kC0) == nullptr || u.cell == kLstm, "only an LSTM has c0.");
  require_count(env, input(kH0), states, "h0");
  require_count(env, input(kC0), states, "c0");
  require_count(env, input(kDropoutMask), product(env, {stack.batch, u.inputs}), "dropoutMask");
  require_count(env, input(kRecurrentDropoutMask), states, "recurrentDropoutMask");
  // The largest internal arrays: gates for every step, and projected tokens.
  product(env, {stack.batch, stack.steps + 1, gates + 1, u.units + u.inputs + 64});
  product(env, {stack.vocabulary, gates + 1, u.units + 64});
  return u;
}

// The stack that the numbers describe, without pointers; the tensors fit it.
Stack parse_stack(Napi::Env env, const std::vector<size_t>& sizes, const std::vector<size_t>& numbers,
                  const std::vector<TensorRef>& inputs) {
  Stack stack = {};
  stack.batch = sizes[0];
  stack.steps = sizes[1];
  stack.vocabulary = sizes[3];
  require(env, stack.batch > 0 && stack.steps > 0 && sizes[2] > 0, "no axis may have length 0.");
  const bool by_token = inputs[kTokens] != nullptr;
  require(env, (inputs[kX] != nullptr) != by_token && (inputs[kTable] != nullptr) == by_token,
          "a stack takes x, or tokens and table.");
  require_count(env, inputs[kX], product(env, {stack.batch, stack.steps, sizes[2]}), "x");
  require_count(env, inputs[kTokens], product(env, {stack.batch, stack.steps}), "tokens");
  require_count(env, inputs[kTable], product(env, {stack.vocabulary, sizes[2]}), "table");
  require_count(env, inputs[kMask], product(env, {stack.batch, stack.steps}), "mask");
  size_t layer = 0, below = sizes[2];
  for (size_t at = 0; at < numbers.size(); at += kUnitNumbers) {
    require(env, numbers[at] == layer || (at > 0 && numbers[at] == layer + 1), "units must come in order of layers.");
    if (numbers[at] != layer) {
      below = output_width(stack);
      layer = numbers[at];
    }
    stack.units.push_back(parse_unit(env, stack, numbers.data() + at, below, inputs));
  }
  return stack;
}

// What a forward call makes.
struct Made {
  TensorRef y;
  std::vector<TensorRef> h, c;
  TensorRef saved;  // null where no gradient will be asked for
};

void run_stack(const Context& context, Stack stack, const std::vector<TensorRef>& inputs, const Made& made) {
  point(stack, inputs);
  if (inputs[kTokens] != nullptr) check_indices("gather", inputs[kTokens], stack.vocabulary);
  StackOutput output = {made.y->floats(), {}, {}};
  for (const TensorRef& h : made.h) output.h.push_back(h->floats());
  for (const TensorRef& c : made.c) output.c.push_back(c == nullptr ? nullptr : c->floats());
  if (made.saved == nullptr) {
    predict(context, stack, inputs, output);
  } else {
    train(context, stack, output, &made.saved->saved->saved);
  }
}

}  // namespace

// recurrentStack([batch, steps, inputs, vocabulary], units[][layer, cell, activation, recurrentActivation, reverse,
// zeroOutputForMask, units], tensors, training) -> [y, then h and c or 0 of each unit, saved or 0]
Napi::Value Engine::recurrent_stack(const Info& info) {
  const Napi::Env env = info.Env();
  const std::vector<size_t> sizes = sizes_argument(info, 0), numbers = sizes_argument(info, 1);
  require(env, info[2].IsArray() && sizes.size() == 4 && !numbers.empty() && numbers.size() % kUnitNumbers == 0,
          "a stack takes four sizes, seven numbers for each unit, and tensors.");
  const size_t count = numbers.size() / kUnitNumbers;
  const bool training = size_argument(info, 3) != 0;
  const std::vector<double> handles = numbers_argument(info, 2);
  require(env, handles.size() == kStackInputs + count * kUnitInputs, "a stack takes four tensors and seven for each unit.");
  std::vector<TensorRef> inputs;
  for (size_t i = 0; i < handles.size(); i++)
    inputs.push_back(handles[i] == 0 ? nullptr : find(env, handles[i], i == kTokens ? Type::int32 : Type::float32));
  const Stack stack = parse_stack(env, sizes, numbers, inputs);

  Made made;
  made.y = make(env, product(env, {stack.batch, stack.steps, output_width(stack)}));
  std::vector<TensorRef> results = {made.y};
  Task task = {"recurrent", inputs, {made.y}, nullptr, nullptr};
  for (const StackUnit& unit : stack.units) {
    made.h.push_back(make(env, stack.batch * unit.units));
    made.c.push_back(unit.cell == kLstm ? make(env, stack.batch * unit.units) : nullptr);
    for (const TensorRef& state : {made.h.back(), made.c.back()}) {
      results.push_back(state);
      if (state != nullptr) task.outputs.push_back(state);
    }
  }
  const Context context = {kernels_, pool_.get()};
  if (training) {
    made.saved = make(env, 0);
    made.saved->saved = std::make_shared<SavedStack>();
    made.saved->saved->stack = stack;
    made.saved->saved->inputs = inputs;
    Stack planned = stack;
    point(planned, inputs, presence_of);
    made.saved->saved_bytes = saved_bytes(context, planned);
    task.outputs.push_back(made.saved);
  }
  results.push_back(made.saved);
  task.run = [=] { run_stack(context, stack, inputs, made); };
  enqueue(std::move(task));
  return own_all(env, results);
}

// recurrentStackBackward(saved, gradients of y and of h and c of each unit or 0, needs) -> gradients of x or table, and of
// kernel, recurrentKernel, bias, h0, c0 of each unit; `needs` in the same order.
Napi::Value Engine::recurrent_stack_backward(const Info& info) {
  const Napi::Env env = info.Env();
  const TensorRef saved = find_any(env, number_argument(info, 0));
  require(env, saved->saved != nullptr, "the first argument must be what a training call saved.");
  const std::shared_ptr<SavedStack> from = saved->saved;
  const Stack& stack = from->stack;
  const size_t count = stack.units.size();
  const std::vector<TensorRef> given = tensors_argument(info, 1, Type::float32);
  const std::vector<size_t> needs = sizes_argument(info, 2);
  require(env, given.size() == 1 + 2 * count, "there must be gradients of y and of two states for each unit.");
  require(env, needs.size() == 1 + kUnitNeeds * count, "there must be one need, and five for each unit.");
  for (size_t i = 0; i < count; i++) {
    const StackUnit& u = stack.units[i];
    require_count(env, given[1 + 2 * i], stack.batch * u.units, "the gradient of h");
    require_count(env, given[2 + 2 * i], stack.batch * u.units, "the gradient of c");
    require(env, given[2 + 2 * i] == nullptr || u.cell == kLstm, "only an LSTM has c.");
  }
  require_count(env, given[0], stack.batch * stack.steps * output_width(stack), "the gradient of y");
  std::vector<TensorRef> gradients(needs.size());
  Task task = {"recurrent backward", from->inputs, {}, nullptr, nullptr};
  task.inputs.push_back(saved);
  task.inputs.append(given);
  const auto want = [&](size_t index, const TensorRef& input) {
    if (needs[index] == 0 || input == nullptr) return;
    gradients[index] = make(env, input->count);
    task.outputs.push_back(gradients[index]);
  };
  want(0, from->inputs[kX] != nullptr ? from->inputs[kX] : from->inputs[kTable]);
  for (size_t i = 0; i < count; i++)
    for (size_t n = 0; n < kUnitNeeds; n++) want(1 + i * kUnitNeeds + n, unit_input(from->inputs, i, static_cast<UnitInput>(n)));
  task.run = [=] {
    Stack now = from->stack;
    point(now, from->inputs);
    const auto out = [&](size_t index) { return gradients[index] == nullptr ? nullptr : gradients[index]->floats(); };
    StackGradients g = {data_of(given[0]), now.x == nullptr ? nullptr : out(0), now.x == nullptr ? out(0) : nullptr, {}};
    for (size_t i = 0; i < count; i++) {
      const size_t at = 1 + i * kUnitNeeds;
      g.units.push_back({data_of(given[1 + 2 * i]), data_of(given[2 + 2 * i]), out(at), out(at + 1), out(at + 2), out(at + 3), out(at + 4)});
    }
    const Context context = {kernels_, pool_.get()};
    // Backward writes over what forward saved: who keeps a graph pays with a forward call, not everybody with a copy.
    if (from->spent) train(context, now, {nullptr, std::vector<float*>(count), std::vector<float*>(count)}, &from->saved);
    from->spent = true;
    stack_backward(context, now, &from->saved, g);
  };
  enqueue(std::move(task));
  return own_all(env, gradients);
}

}  // namespace lstm_native
