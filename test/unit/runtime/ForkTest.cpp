// A child after fork uses what it inherited.
#include "OpenedModel.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

using namespace mlc::test;

/// Exit code of `body` in a child; 99 where it took longer than 20 s.
template <typename Body> static int inChild(Body body) {
  pid_t child = fork();
  if (child == 0) {
    alarm(20);
    _exit(body());
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

TEST_CASE("a session with threads runs and closes in a child, and goes on in the parent") {
  OpenedModel tiny;
  mlc_session *session = tiny.session(3);
  TinyRun before(50);
  REQUIRE(before.run(tiny.api, session, &tiny.error) == MLC_OK);
  CHECK(inChild([&] {
          TinyRun run(70);
          for (int i = 0; i < 10; ++i)
            if (run.run(tiny.api, session, nullptr) != MLC_OK || !run.right())
              return 1;
          tiny.api->session_close(session);
          return 0;
        }) == 0);
  CHECK(inChild([&] {
          tiny.api->session_close(session); // without a run
          return 0;
        }) == 0);
  TinyRun after(60);
  REQUIRE(after.run(tiny.api, session, &tiny.error) == MLC_OK);
  CHECK(after.right());
  tiny.api->session_close(session);
}

TEST_CASE("a fork amid another thread's run") {
  OpenedModel tiny;
  mlc_session *session = tiny.session(2);
  std::atomic<bool> stop = false;
  std::thread busy([&] {
    TinyRun run(20000);
    while (!stop)
      run.run(tiny.api, session, nullptr);
  });
  int failures = 0;
  for (int i = 0; i < 20; ++i)
    failures += inChild([&] {
                  TinyRun run(70);
                  return run.run(tiny.api, session, nullptr) == MLC_OK && run.right() ? 0 : 1;
                }) != 0;
  stop = true;
  busy.join();
  CHECK(failures == 0);
  tiny.api->session_close(session);
}
