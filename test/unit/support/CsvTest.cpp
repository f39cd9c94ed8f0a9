#include "Support/Csv.h"
#include "TemporaryFolder.h"

#include <catch2/catch.hpp>

using namespace mlc;
using Catch::Contains;

using Fields = std::vector<std::string>;

namespace {
CsvFile opened(const TemporaryFolder &folder, const std::string &text) {
  Result<CsvFile> file = CsvFile::open(folder.write("a.csv", text));
  INFO((file ? "" : file.error().message));
  REQUIRE(file);
  return std::move(*file);
}

std::string failure(const std::string &text) {
  TemporaryFolder folder;
  Result<CsvFile> file = CsvFile::open(folder.write("a.csv", text));
  REQUIRE_FALSE(file);
  CHECK(file.error().code == ExitCode::BadInput);
  return file.error().message;
}
} // namespace

TEST_CASE("fields by RFC 4180") {
  TemporaryFolder folder;
  CsvFile file = opened(folder, "\xef\xbb\xbf"
                                "a,\"b \"\"c\"\"\",\"d,e\"\r\n1,,\" 3\"\r\n\r\n\"x\ny\",\"\",z\n\n,,");
  CHECK(file.header() == Fields{"a", "b \"c\"", "d,e"});
  REQUIRE(file.rows() == 3);
  // Rows can be read in any order, and know their lines.
  CHECK(file.row(2).fields == Fields{"", "", ""});
  CHECK(file.row(2).line == 7);
  CHECK(file.row(1).fields == Fields{"x\ny", "", "z"});
  CHECK(file.row(1).line == 4);
  CHECK(file.row(0).fields == Fields{"1", "", " 3"});
  CHECK(file.row(0).line == 2);
  CHECK(opened(folder, "a").rows() == 0);
  CHECK(opened(folder, "a\n1").row(0).fields == Fields{"1"});
}

TEST_CASE("tables that are broken") {
  CHECK_THAT(failure(""), Contains("a.csv' is empty"));
  CHECK_THAT(failure("a,b\n1,2\n\n3\n"), Contains("a.csv', line 4: it has 1 field, but the header names 2"));
  CHECK_THAT(failure("a,b\n1,2,3\n"), Contains("line 2: it has 3 fields"));
  CHECK_THAT(failure("a,b\n\"1\n\",\"2\n3,4\n"), Contains("line 3: the quote that opens field 2 is not closed"));
  CHECK_THAT(failure("a,b\n1,\"2\"3\n"), Contains("line 2: field 2 goes on after its closing quote"));
  TemporaryFolder folder;
  CHECK_THAT(CsvFile::open(folder / "none.csv").error().message, Contains("none.csv': No such file"));
  CHECK_THAT(CsvFile::open(folder.path.string()).error().message, Contains("it is a directory"));
}

TEST_CASE("no damage of a table does worse than fail") {
  TemporaryFolder folder;
  std::string whole = "a,\"b\r\n\",c\r\n1,\"2\"\"\",3\n\"\",,\"\"\n";
  for (size_t at = 0; at < whole.size(); ++at)
    for (char other : {'"', ',', '\n', '\r', '\0', 'x'}) {
      std::string text = whole;
      text[at] = other;
      for (const std::string &damaged : {text, text.substr(0, at + 1)}) {
        Result<CsvFile> file = CsvFile::open(folder.write("a.csv", damaged));
        for (size_t i = 0; file && i < file->rows(); ++i)
          CHECK(file->row(i).fields.size() == file->header().size());
      }
    }
}
