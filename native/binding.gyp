# The kernels once for each width of vectors, and the module that chooses among them when it is loaded.
{
  "target_defaults": {
    "include_dirs": ["kernels", "binding"],
    "cflags": ["-Wall", "-Wextra", "-fvisibility=hidden"],
    "cflags_cc!": ["-fno-exceptions"],
    "cflags_cc": ["-O3", "-fno-math-errno", "-ffp-contract=fast", "-fno-trapping-math", "-Wno-psabi"],
    "xcode_settings": {
      "MACOSX_DEPLOYMENT_TARGET": "11.0",
      "CLANG_CXX_LANGUAGE_STANDARD": "gnu++17",
      "GCC_OPTIMIZATION_LEVEL": "3",
      "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
      "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
      "OTHER_CPLUSPLUSFLAGS": ["-fno-math-errno", "-ffp-contract=fast", "-fno-trapping-math"]
    },
    "msbuild_toolset": "ClangCL",
    "msvs_settings": {
      "VCCLCompilerTool": {
        "ExceptionHandling": 1,
        "AdditionalOptions": [
          "/std:c++17",
          "/clang:-O3",
          "/clang:-fno-math-errno",
          "/clang:-ffp-contract=fast",
          "/clang:-fno-trapping-math"
        ]
      }
    }
  },
  "targets": [
    {
      "target_name": "kernels16",
      "type": "static_library",
      "sources": ["kernels/kernels.cc", "kernels/recurrent.cc"],
      "defines": ["ELMAN_WIDTH=16"]
    },
    {
      "target_name": "elman",
      "sources": [
        "binding/binding.cc",
        "binding/choose.cc",
        "binding/ops.cc",
        "binding/recurrence.cc",
        "binding/rows.cc",
        "kernels/pool.cc"
      ],
      "defines": ["NAPI_VERSION=8"],
      "dependencies": ["kernels16"],
      "conditions": [["target_arch=='x64'", { "dependencies": ["kernels32", "kernels64"] }]]
    }
  ],
  "conditions": [
    [
      "target_arch=='x64'",
      {
        "targets": [
          {
            "target_name": "kernels32",
            "type": "static_library",
            "sources": ["kernels/kernels.cc", "kernels/recurrent.cc"],
            "defines": ["ELMAN_WIDTH=32"],
            "cflags_cc": ["-mavx2", "-mfma"],
            "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-mavx2", "-mfma"] },
            "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/clang:-mavx2", "/clang:-mfma"] } }
          },
          {
            "target_name": "kernels64",
            "type": "static_library",
            "sources": ["kernels/kernels.cc", "kernels/recurrent.cc"],
            "defines": ["ELMAN_WIDTH=64"],
            "cflags_cc": ["-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-mfma"],
            "xcode_settings": {
              "OTHER_CPLUSPLUSFLAGS": ["-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-mfma"]
            },
            "msvs_settings": {
              "VCCLCompilerTool": {
                "AdditionalOptions": [
                  "/clang:-mavx512f",
                  "/clang:-mavx512dq",
                  "/clang:-mavx512bw",
                  "/clang:-mavx512vl",
                  "/clang:-mfma"
                ]
              }
            }
          }
        ]
      }
    ]
  ]
}
