#include "Command.h"
#include "Support/Table.h"
#include "mlcompress/Compiler.h"
#include "mlcompress/Json.h"

namespace mlc {

void addTargets(CLI::App &app, Invocation &invocation) {
  CLI::App *command = app.add_subcommand("targets", "list the CPUs that can be compiled for");
  command->add_flag("--json", invocation.json, "print the list as JSON, with CPU features");
  command->footer("\nExamples:\n  mlcompress targets\n  mlcompress targets --json\n\nExit codes: 0 done, 2 "
                  "wrong usage\n");
  command->callback([&invocation] {
    invocation.action = [&invocation] {
      std::vector<TargetInfo> targets = listTargets();
      if (invocation.json) {
        invocation.out << toJson(targets);
        return int(ExitCode::Pass);
      }
      Table table({{"target", Table::Align::Left}, {"architecture", Table::Align::Left}, {"", Table::Align::Left}});
      for (const TargetInfo &target : targets)
        table.addRow({target.name, target.architecture, target.description});
      invocation.out << table.text();
      return int(ExitCode::Pass);
    };
  });
}

} // namespace mlc
