#include "CommandLine.h"
#include "Support/Unfinished.h"

#include <csignal>
#include <iostream>
#include <thread>
#include <unistd.h>

// Ctrl-C and its kin: what is not whole goes first, then the signal takes its usual effect. A thread waits for them,
// since little may be called from a handler. A signal that the caller had ignored (nohup) stays ignored.
static void cleanUpWhenStopped() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction current;
    if (sigaction(number, nullptr, &current) == 0 && current.sa_handler != SIG_IGN)
      sigaddset(&signals, number);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr); // in all threads that come
  std::thread([signals] {
    int number;
    if (sigwait(&signals, &number) != 0)
      return;
    mlc::removeUnfinished();
    std::signal(number, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    kill(getpid(), number);
  }).detach();
}

int main(int argc, char **argv) {
  cleanUpWhenStopped();
  return mlc::runCommandLine(argc, argv, std::cout, std::cerr);
}
