#include "Support/Progress.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

using namespace mlc;

TEST_CASE("a line a phase") {
  std::ostringstream out;
  {
    Progress progress(out, Progress::Mode::Lines);
    progress.report({"import", 0.0, ""});
    progress.report({"import", 1.0, ""});
    progress.report({"compile", -1, ""});
  }
  std::string text = out.str();
  CHECK(text.find("import") == 0);
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
}

TEST_CASE("a terminal's line is erased at the end") {
  std::ostringstream out;
  Progress progress(out, Progress::Mode::Terminal);
  progress.report({"compile", 0.5, "conv_1"});
  progress.finish();
  std::string text = out.str();
  CHECK(text.find("compile") != std::string::npos);
  CHECK(text.find("50 %") != std::string::npos);
  CHECK(text.ends_with("\r\033[K"));
  CHECK(text.find('\n') == std::string::npos);
}

TEST_CASE("quiet is quiet") {
  std::ostringstream out;
  Progress(out, Progress::Mode::Quiet).report({"import", 0, ""});
  CHECK(out.str().empty());
}
