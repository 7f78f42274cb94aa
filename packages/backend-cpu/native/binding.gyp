{
  "variables": {
    "kernel_cflags": ["-std=c++17", "-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast", "-fno-exceptions", "-fno-rtti", "-fvisibility=hidden", "-fPIC", "-Wno-psabi", "-Wno-maybe-uninitialized"],
    "kernel_sources": [
      "kernels/elementwise.cc", "kernels/gemm.cc", "kernels/kernels.cc", "kernels/matmul.cc",
      "kernels/optimizer.cc", "kernels/random.cc", "kernels/recurrent_backward.cc", "kernels/recurrent_forward.cc",
      "kernels/recurrent_pack.cc", "kernels/recurrent_rows.cc", "kernels/recurrent_weights.cc",
      "kernels/reduce.cc", "kernels/rows.cc"
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
        "addon/arguments.cc", "addon/commands.cc", "addon/engine.cc", "addon/fused.cc", "addon/layers.cc",
        "addon/movement.cc", "addon/queue.cc", "addon/required.cc", "addon/session.cc",
        "runtime/dispatch.cc", "runtime/memory.cc", "runtime/optimizer.cc", "runtime/pool.cc",
        "runtime/processor.cc", "runtime/session.cc", "runtime/stack_backward.cc", "runtime/stack_forward.cc",
        "runtime/stack_plan.cc"
      ],
      "cflags_cc": ["-std=c++17"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NODE_ADDON_API_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "dependencies": ["kernels_baseline"],
      "msvs_settings": { "VCCLCompilerTool": { "ExceptionHandling": 1 } },
      "xcode_settings": {
        "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
        "CLANG_CXX_LANGUAGE_STANDARD": "c++17", "GCC_SYMBOLS_PRIVATE_EXTERN": "YES", "MACOSX_DEPLOYMENT_TARGET": "11.0"
      },
      "conditions": [
        ["OS=='win'", { "defines": ["_HAS_EXCEPTIONS=1"] }],
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
