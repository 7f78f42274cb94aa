import { type BackendSession, DisposedError, type FusedSessionLayer, type SessionPlan } from '@lstm/core';
import { asLstmError, call, handleOf, type NativeView } from './device.ts';
import { activations, type Handle, type NativeEngine } from './native.ts';

// As native/runtime/session.h numbers them.
const kinds: readonly string[] = ['lstm', 'gru', 'simpleRnn', 'gruBefore', 'linear', 'softmax', 'embedding'];

function kindOf(layer: FusedSessionLayer<NativeView>): number {
  return kinds.indexOf(layer.kind === 'gru' && !layer.resetAfter ? 'gruBefore' : layer.kind);
}

/** Input width, output width, activation and recurrent activation. */
function numbersOf(layer: FusedSessionLayer<NativeView>): number[] {
  if (layer.kind === 'softmax') return [0, 0, 0, 0];
  if (layer.kind === 'embedding') return [layer.table.shape[0] as number, layer.table.shape[1] as number, 0, 0];
  const units = layer.kind === 'linear' ? layer.kernel.shape[1] : layer.recurrentKernel.shape[0];
  const recurrent = 'recurrentActivation' in layer ? activations.indexOf(layer.recurrentActivation) : 0;
  return [layer.kernel.shape[0] as number, units as number, activations.indexOf(layer.activation), recurrent];
}

/** Kernel, recurrent kernel and bias. */
function tensorsOf(layer: FusedSessionLayer<NativeView>): Handle[] {
  if (layer.kind === 'softmax') return [0, 0, 0];
  if (layer.kind === 'embedding') return [layer.table.handle, 0, 0];
  return [layer.kernel.handle, layer.kind === 'linear' ? 0 : layer.recurrentKernel.handle, handleOf(layer.bias)];
}

/** A stepping program in native code; `undefined` leaves the plan to the composition. */
export function createSession(engine: NativeEngine, plan: SessionPlan<Handle>): BackendSession | undefined {
  if (plan.layers.length === 0) return undefined;
  const native = call('session', () =>
    engine.createSession(
      plan.sessions,
      Number(plan.weightPrecision === 'bfloat16'),
      plan.layers.map(kindOf),
      plan.layers.flatMap(numbersOf),
      plan.layers.flatMap(tensorsOf),
    ),
  );
  let disposed = false;
  const check = (): void => {
    if (disposed) throw new DisposedError('session', 'the session was disposed.', '', 'Create another one.');
  };
  return {
    step(input, output) {
      check();
      // Not by `call`: its closure would be the only thing that a step allocates.
      try {
        native.step(input, output);
      } catch (error) {
        throw asLstmError('session', error);
      }
    },
    readState() {
      check();
      return native.readState();
    },
    writeState(state) {
      check();
      call('session', () => native.writeState(state));
    },
    dispose() {
      disposed = true;
      native.dispose();
    },
  };
}
