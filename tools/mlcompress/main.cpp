#include "CommandLine.h"

#include <iostream>

int main(int argc, char **argv) { return mlc::runCommandLine(argc, argv, std::cout, std::cerr); }
