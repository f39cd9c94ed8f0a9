#include "Command.h"
#include "Support/Table.h"
#include "mlcompress/Compiler.h"
#include "mlcompress/Json.h"

#include <fmt/format.h>

namespace mlc {

void addOps(CLI::App &app, Invocation &invocation) {
  CLI::App *command = app.add_subcommand("ops", "list the ONNX operators that can be compiled");
  command->add_flag("--json", invocation.json, "print the list as JSON");
  command->footer("\nExamples:\n  mlcompress ops\n  mlcompress ops --json\n\nExit codes: 0 done, 2 wrong usage\n");
  command->callback([&invocation] {
    invocation.action = [&invocation] {
      std::vector<OperatorInfo> operators = listOperators();
      if (invocation.json) {
        invocation.out << toJson(operators);
        return int(ExitCode::Pass);
      }
      Table table({{"operator", Table::Align::Left},
                   {"domain", Table::Align::Left},
                   {"opset", Table::Align::Left},
                   {"types", Table::Align::Left},
                   {"limits", Table::Align::Left}});
      for (const OperatorInfo &op : operators)
        table.addRow({op.name, op.domain.empty() ? "ai.onnx" : op.domain,
                      fmt::format("{}-{}", op.sinceOpset, op.untilOpset), op.types, op.note});
      invocation.out << table.text();
      return int(ExitCode::Pass);
    };
  });
}

} // namespace mlc
