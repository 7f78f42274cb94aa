// Every kernel under every instruction set of this processor, against plain double loops. Optional argument: one name.
#include <cstring>

#include "subject.h"

using namespace lstm_native_test;

int main(int count, char** arguments) {
  const lstm_native::FlushDenormals flush;
  test_pool();
  for (const lstm_native::KernelTable* table : lstm_native::available_kernels()) {
    if (count > 1 && std::strcmp(arguments[1], table->name) != 0) continue;
    for (const size_t threads : {1, 3}) {
      lstm_native::Pool pool(threads);
      const Subject subject = {{table, &pool}};
      if (threads == 1) {
        test_math(subject);
        test_matmul(subject);
        test_rows(subject);
        test_session(subject);
      }
      test_recurrent(subject);
    }
    std::printf("%s: done\n", table->name);
  }
  std::printf("checks: %d passed, %d failed\n", checks() - failures(), failures());
  return failures() == 0 ? 0 : 1;
}
