#include "Support/Table.h"

#include <catch2/catch.hpp>

using namespace mlc;

TEST_CASE("columns are aligned by characters") {
  Table table({{"name", Table::Align::Left}, {"size", Table::Align::Right}, {"", Table::Align::Left}});
  table.addRow({"größe", "1", "x"});
  table.addRow({"b", "1000"});
  CHECK(table.text() == "name   size\n"
                        "größe     1  x\n"
                        "b      1000\n");
}

TEST_CASE("numbers for people") {
  CHECK(formatBytes(0) == "0 B");
  CHECK(formatBytes(1023) == "1023 B");
  CHECK(formatBytes(1536) == "1.5 KiB");
  CHECK(formatBytes((1 << 20) - 1) == "1.0 MiB");
  CHECK(formatSeconds(0.25) == "250 ms");
  CHECK(formatSeconds(3.14) == "3.1 s");
  CHECK(formatSeconds(125) == "2 min 5 s");
}
