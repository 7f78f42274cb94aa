{
  "variables": {
    "kernel_cflags": ["-std=c++17", "-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast", "-fno-exceptions", "-fno-rtti", "-fvisibility=hidden", "-fPIC", "-Wno-psabi", "-Wno-maybe-uninitialized"],
    "kernel_sources": [
      "native/kernels/elementwise.cc", "native/kernels/gemm.cc", "native/kernels/kernels.cc", "native/kernels/matmul.cc",
      "native/kernels/optimizer.cc", "native/kernels/random.cc", "native/kernels/recurrent_backward.cc", "native/kernels/recurrent_forward.cc",
      "native/kernels/recurrent_pack.cc", "native/kernels/recurrent_rows.cc", "native/kernels/recurrent_weights.cc",
      "native/kernels/reduce.cc", "native/kernels/rows.cc"
    ],
    "kernel_msvs_options": ["/clang:-O3", "/clang:-fno-math-errno", "/clang:-fno-trapping-math", "/clang:-ffp-contract=fast", "-Wno-unknown-argument"],
    "avx2_cflags": ["-mavx2", "-mfma", "-mf16c"],
    "avx512_cflags": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx2", "-mfma", "-mf16c", "-mprefer-vector-width=512"]
  },
  "target_defaults": {
    "defines": ["NAPI_VERSION=8"],
    "cflags": ["-Wall", "-Wextra", "-fvisibility=hidden"],
    "msbuild_toolset": "ClangCL"
  },
  "targets": [
    {
      "target_name": "kernels_baseline",
      "type": "static_library",
      "sources": ["<@(kernel_sources)"],
      "defines": ["KERNEL_NS=baseline"],
      "cflags": ["<@(kernel_cflags)"],
      "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["<@(kernel_msvs_options)"] } },
      "xcode_settings": { "OTHER_CFLAGS": ["<@(kernel_cflags)"], "MACOSX_DEPLOYMENT_TARGET": "11.0" }
    },
    {
      "target_name": "backend_cpu",
      "sources": [
        "native/addon/arguments.cc", "native/addon/commands.cc", "native/addon/engine.cc", "native/addon/fused.cc", "native/addon/layers.cc",
        "native/addon/movement.cc", "native/addon/queue.cc", "native/addon/required.cc", "native/addon/session.cc",
        "native/runtime/dispatch.cc", "native/runtime/memory.cc", "native/runtime/optimizer.cc", "native/runtime/pool.cc",
        "native/runtime/processor.cc", "native/runtime/session.cc", "native/runtime/stack_backward.cc", "native/runtime/stack_forward.cc",
        "native/runtime/stack_plan.cc"
      ],
      "cflags_cc": ["-std=c++17"],
      "defines": ["NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "dependencies": [
        "kernels_baseline",
        "<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except"
      ],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++17", "GCC_SYMBOLS_PRIVATE_EXTERN": "YES", "MACOSX_DEPLOYMENT_TARGET": "11.0"
      },
      "conditions": [
        ["target_arch=='x64'", { "defines": ["LSTM_X64_KERNELS"], "dependencies": ["kernels_avx2", "kernels_avx512"] }]
      ]
    }
  ],
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "kernels_avx2",
          "type": "static_library",
          "sources": ["<@(kernel_sources)"],
          "defines": ["KERNEL_NS=avx2"],
          "cflags": ["<@(kernel_cflags)", "<@(avx2_cflags)"],
          "msvs_settings": {
            "VCCLCompilerTool": { "AdditionalOptions": ["<@(kernel_msvs_options)", "<@(avx2_cflags)"] }
          },
          "xcode_settings": { "OTHER_CFLAGS": ["<@(kernel_cflags)", "<@(avx2_cflags)"], "MACOSX_DEPLOYMENT_TARGET": "11.0" }
        },
        {
          "target_name": "kernels_avx512",
          "type": "static_library",
          "sources": ["<@(kernel_sources)"],
          "defines": ["KERNEL_NS=avx512"],
          "cflags": ["<@(kernel_cflags)", "<@(avx512_cflags)"],
          "msvs_settings": {
            "VCCLCompilerTool": { "AdditionalOptions": ["<@(kernel_msvs_options)", "<@(avx512_cflags)"] }
          },
          "xcode_settings": { "OTHER_CFLAGS": ["<@(kernel_cflags)", "<@(avx512_cflags)"], "MACOSX_DEPLOYMENT_TARGET": "11.0" }
        }
      ]
    }]
  ]
}
