// What the processor can do, asked of the processor itself: the compilers' own way needs their runtime library, which Microsoft's
// linker does not add.
#pragma once

namespace lstm_native {

#if defined(__x86_64__)
// AVX2 with fused multiply-add.
bool has_avx2();
// AVX-512 as the kernels use it: F, BW, DQ and VL.
bool has_avx512();
#endif

}  // namespace lstm_native
