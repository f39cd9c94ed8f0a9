#include "Command.h"
#include "SharedOptions.h"
#include "Support/Table.h"
#include "mlcompress/Compiler.h"
#include "mlcompress/Json.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mlc {

/// "float32[batch,3,?]"
static std::string describe(const TensorDescription &tensor) {
  std::vector<std::string> dims;
  for (size_t d = 0; d < tensor.shape.size(); ++d) {
    bool named = d < tensor.symbols.size() && !tensor.symbols[d].empty();
    dims.push_back(tensor.shape[d] >= 0 ? std::to_string(tensor.shape[d]) : named ? tensor.symbols[d] : "?");
  }
  return fmt::format("{}[{}]", dtypeName(tensor.dtype), fmt::join(dims, ","));
}

static std::string describe(const ModelInfo &info) {
  Table table({{"", Table::Align::Left}, {"", Table::Align::Left}});
  table.addRow({"name", info.name});
  if (!info.producer.empty())
    table.addRow({"producer", info.producer});
  std::vector<std::string> opsets;
  for (const auto &[domain, opset] : info.opsets)
    opsets.push_back(fmt::format("{} {}", domain.empty() ? "ai.onnx" : domain, opset));
  table.addRow({"opset", fmt::format("{} (IR version {})", fmt::join(opsets, ", "), info.irVersion)});
  table.addRow({"file", formatBytes(info.fileBytes)});
  table.addRow({"parameters", fmt::format("{} ({})", info.parameterCount, formatBytes(info.parameterBytes))});
  for (const TensorDescription &input : info.inputs)
    table.addRow({"input", fmt::format("{} {}", input.name, describe(input))});
  for (const TensorDescription &output : info.outputs)
    table.addRow({"output", fmt::format("{} {}", output.name, describe(output))});
  std::vector<std::pair<std::string, int64_t>> nodes(info.nodes.begin(), info.nodes.end());
  std::sort(nodes.begin(), nodes.end(),
            [](auto &a, auto &b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
  int64_t total = 0;
  std::vector<std::string> counts;
  for (const auto &[op, count] : nodes) {
    counts.push_back(fmt::format("{} {}", count, op));
    total += count;
  }
  constexpr size_t width = 88;
  std::string label = "nodes", line = fmt::format("{}:", total);
  for (const std::string &count : counts) {
    if (line.size() + 1 + count.size() > width) {
      table.addRow({label, line});
      label = line = "";
    }
    line += (line.empty() ? "" : " ") + count + (&count == &counts.back() ? "" : ",");
  }
  table.addRow({label, line});
  std::string text = table.text();
  if (info.unsupported.empty())
    return text;
  Table missing({{"not supported", Table::Align::Left},
                 {"operator", Table::Align::Left},
                 {"opset", Table::Align::Right},
                 {"why", Table::Align::Left}});
  for (const UnsupportedNode &node : info.unsupported)
    missing.addRow({node.node, (node.domain.empty() || node.domain == "ai.onnx" ? "" : node.domain + ".") + node.op,
                    std::to_string(node.opset), node.reason});
  return text + '\n' + missing.text();
}

void addInspect(CLI::App &app, Invocation &invocation) {
  CLI::App *command = app.add_subcommand("inspect", "show what is in an ONNX file and whether it can be compiled");
  auto model = std::make_shared<std::string>();
  command->add_option("model", *model, "the ONNX file")->required()->type_name("MODEL.onnx");
  command->add_flag("--json", invocation.json, "print the result as JSON instead of tables");
  command->footer(R"(
Examples:
  mlcompress inspect model.onnx
  mlcompress inspect model.onnx --json

Exit codes: 0 it can be compiled, 2 wrong usage, 3 it has unsupported nodes (listed), 4 bad input
)");
  command->callback([model, &invocation] {
    invocation.action = [model, &invocation] {
      Result<ModelInfo> info = inspect(*model);
      if (!info)
        return invocation.fail(info.error());
      invocation.out << (invocation.json ? toJson(*info) : describe(*info));
      return int(info->unsupported.empty() ? ExitCode::Pass : ExitCode::Unsupported);
    };
  });
}

} // namespace mlc
