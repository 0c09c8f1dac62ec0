// The main of every test program: ends with 77 when all that was selected was
// skipped, so that ctest reports it as skipped rather than passed.
#include <gtest/gtest.h>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const int failed = RUN_ALL_TESTS();
  const auto& unit = *testing::UnitTest::GetInstance();
  if (unit.test_to_run_count() == 0) return 1;  // a filter that misses
  const bool all_skipped =
      unit.skipped_test_count() > 0 && unit.successful_test_count() == 0;
  return failed != 0 ? failed : all_skipped ? 77 : 0;
}
