#include "CommandLine.h"

#include "Command.h"
#include "Support/EditDistance.h"
#include "mlcompress/Compiler.h"

#include <fmt/format.h>
#include <iostream>
#include <new>
#include <regex>
#include <unistd.h>

namespace mlc {

int Invocation::fail(const Error &error) const {
  err << "error: " << error.message << '\n';
  return int(error.code);
}

Progress::Mode Invocation::progressMode() const {
  if (quiet)
    return Progress::Mode::Quiet;
  if (verbose)
    return Progress::Mode::Lines;
  bool terminal = &err == &std::cerr && ::isatty(STDERR_FILENO);
  return terminal ? Progress::Mode::Terminal : Progress::Mode::Quiet;
}

namespace {
constexpr const char *about = "mlcompress turns an ONNX model into a small, fast native library and checks that its "
                              "answers are still good enough.";

constexpr const char *footer = R"(
Examples:
  mlcompress optimize model.onnx --target host --random 1
  mlcompress optimize model.onnx --target graviton3 --int8 --calib data/ -o out/
  mlcompress optimize --help

Exit codes:
  0  done, every gate passed
  1  a gate failed
  2  the command line is wrong
  3  the model uses something that is not supported
  4  a file is missing, unreadable or malformed
  5  no gate failed, but the samples are too few to decide one
)";

int usageFailure(std::ostream &err, const CLI::App *command, const std::string &message) {
  err << "error: " << message << '\n';
  err << "run 'mlcompress" << (command ? " " + command->get_name() : "") << " --help' for what there is\n";
  return int(ExitCode::Usage);
}

std::vector<std::string> commandNames(const CLI::App &app) {
  std::vector<std::string> names;
  for (const CLI::App *command : app.get_subcommands({}))
    names.push_back(command->get_name());
  return names;
}

std::vector<std::string> flagNames(const CLI::App &command) {
  std::vector<std::string> names;
  for (const CLI::Option *option : command.get_options()) {
    for (const std::string &name : option->get_lnames())
      names.push_back("--" + name);
    for (const std::string &name : option->get_snames())
      names.push_back("-" + name);
  }
  return names;
}

/// What the parser could not place, as a sentence.
std::string describeExtras(const CLI::App &command, const std::vector<std::string> &extras) {
  for (const std::string &extra : extras)
    if (extra.size() > 1 && extra[0] == '-') {
      std::string flag = extra.substr(0, extra.find('='));
      return fmt::format("unknown flag '{}'{}", flag, didYouMean(flag, flagNames(command)));
    }
  return fmt::format("unexpected argument '{}'", extras.front());
}

/// The parser's messages about one option's value in the words of ours.
std::string describe(const CLI::App &command, const CLI::ParseError &error) {
  std::string text = error.what();
  std::smatch match;
  if (std::regex_match(text, match, std::regex("(--?[\\w-]+): 1 required (\\S+) missing")))
    return fmt::format("{} needs a value: {}", match.str(1), match.str(2));
  if (std::regex_match(text, match, std::regex("Could not convert: (--?[\\w-]+) = (.*)")))
    return fmt::format("{}: '{}' is not a number that fits", match.str(1), match.str(2));
  if (std::regex_match(text, match, std::regex("(\\S+) is required")))
    for (const CLI::Option *option : command.get_options())
      if (option->get_single_name() == match.str(1) || option->get_name() == match.str(1))
        return fmt::format("{} is required ({})", match.str(1), option->get_description());
  return text;
}

/// Descriptions wrapped to the width of a terminal, beside the column of names.
class HelpFormatter : public CLI::Formatter {
public:
  std::string make_option_desc(const CLI::Option *option) const override {
    constexpr size_t width = 66;
    std::string text = option->get_description();
    for (size_t begin = 0; text.size() - begin > width;) {
      size_t space = text.rfind(' ', begin + width);
      if (space == std::string::npos || space <= begin)
        break;
      text[space] = '\n';
      begin = space + 1;
    }
    return text;
  }
};

int run(int argc, const char *const *argv, std::ostream &out, std::ostream &err) {
  CLI::App app(about, "mlcompress");
  app.set_version_flag("--version", fmt::format("mlcompress {}", version()), "print the version");
  app.set_help_flag("-h,--help", "print this help");
  app.footer(footer);
  app.require_subcommand(1);
  auto formatter = std::make_shared<HelpFormatter>();
  formatter->column_width(34);
  app.formatter(formatter); // the subcommands inherit it
  Invocation invocation{out, err};
  addOptimize(app, invocation);
  addCompile(app, invocation);
  addQuantize(app, invocation);
  addCheck(app, invocation);
  addRun(app, invocation);
  addBench(app, invocation);
  addInspect(app, invocation);
  addTargets(app, invocation);
  addOps(app, invocation);

  if (argc < 2) {
    err << app.help();
    return int(ExitCode::Usage);
  }
  // The parser would take the rest of the line as unknown too, so this comes first.
  std::string first = argv[1];
  if (std::vector<std::string> names = commandNames(app);
      !first.starts_with("-") && std::find(names.begin(), names.end(), first) == names.end())
    return usageFailure(err, nullptr, fmt::format("unknown command '{}'{}", first, didYouMean(first, names)));
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success &success) { // --help, --version
    return app.exit(success, out, err);
  } catch (const CLI::ParseError &error) {
    std::vector<CLI::App *> chosen = app.get_subcommands();
    const CLI::App &command = chosen.empty() ? app : *chosen.front();
    std::vector<std::string> extras = command.remaining();
    return usageFailure(err, chosen.empty() ? nullptr : &command,
                        extras.empty() ? describe(command, error) : describeExtras(command, extras));
  }
  return invocation.action();
}
} // namespace

int runCommandLine(int argc, const char *const *argv, std::ostream &out, std::ostream &err) {
  try {
    return run(argc, argv, out, err);
  } catch (const std::bad_alloc &) {
    err << "error: out of memory\n";
  } catch (const std::exception &exception) {
    err << "error: " << exception.what() << "; this is a fault of mlcompress, please report it\n";
  }
  return int(ExitCode::BadInput);
}

} // namespace mlc
