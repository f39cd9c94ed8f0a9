// Threads of sessions, sessions on threads, and what plugged-in parallelism sees.
#include "OpenedModel.h"

#include <atomic>
#include <cfenv>
#include <cstring>
#include <thread>

using namespace mlc::test;

TEST_CASE("any number of threads gives the same result") {
  OpenedModel tiny;
  for (uint32_t threads : {0u, 1u, 2u, 3u, 8u}) {
    mlc_session *session = tiny.session(threads);
    for (int64_t rows : {1, 2, 3, 5, 64, 1001}) {
      TinyRun run(rows);
      REQUIRE(run.run(tiny.api, session, &tiny.error) == MLC_OK);
      CHECK(run.right());
    }
    tiny.api->session_close(session);
  }
}

TEST_CASE("workers that went to sleep are woken") {
  OpenedModel tiny;
  mlc_session *session = tiny.session(2);
  for (int i = 0; i < 200; ++i) {
    TinyRun run(64);
    REQUIRE(run.run(tiny.api, session, &tiny.error) == MLC_OK);
    REQUIRE(run.right());
    if (i % 4 == 0)
      std::this_thread::sleep_for(std::chrono::microseconds(i * 2));
  }
  tiny.api->session_close(session);
}

TEST_CASE("concurrent sessions share a model, and outlive its handle") {
  OpenedModel tiny;
  mlc_model *model = nullptr;
  REQUIRE(tiny.api->model_open(nullptr, &model, nullptr) == MLC_OK);
  std::atomic<int> wrong = 0;
  std::vector<mlc_session *> sessions(4);
  mlc_session_options options{};
  options.struct_size = sizeof options;
  options.threads = 2;
  for (mlc_session *&session : sessions)
    REQUIRE(tiny.api->session_open(model, &options, &session, nullptr) == MLC_OK);
  tiny.api->model_close(model);
  std::vector<std::thread> threads;
  for (mlc_session *session : sessions)
    threads.emplace_back([&, session] {
      for (int i = 0; i < 100; ++i) {
        TinyRun run(20 + i);
        if (run.run(tiny.api, session, nullptr) != MLC_OK || !run.right())
          ++wrong;
      }
      tiny.api->session_close(session);
    });
  for (std::thread &thread : threads)
    thread.join();
  CHECK(wrong == 0);
}

namespace {

/// A parallel-for that runs backwards on the calling thread, counts, and tries to run the session meanwhile.
struct Plugged {
  const mlc_api *api = nullptr;
  mlc_session *session = nullptr;
  std::vector<int64_t> counts;
  mlc_status nested = MLC_OK;
  std::string nestedMessage;

  static void parallelFor(void *user, int64_t count, mlc_parallel_body body, void *context) {
    auto *self = static_cast<Plugged *>(user);
    self->counts.push_back(count);
    TinyRun again(2);
    mlc_error error{};
    error.struct_size = sizeof error;
    self->nested = again.run(self->api, self->session, &error);
    self->nestedMessage = error.message;
    for (int64_t i = count; i-- > 0;)
      body(context, i);
  }
};

} // namespace

TEST_CASE("a caller's parallel-for, and a session that is busy") {
  OpenedModel tiny;
  Plugged plugged;
  mlc_session_options options{};
  options.struct_size = sizeof options;
  options.threads = 4;
  options.parallel_for = Plugged::parallelFor;
  options.parallel_for_user = &plugged;
  REQUIRE(tiny.api->session_open(tiny.model, &options, &plugged.session, &tiny.error) == MLC_OK);
  plugged.api = tiny.api;
  TinyRun run(64), few(5);
  REQUIRE(run.run(tiny.api, plugged.session, &tiny.error) == MLC_OK);
  CHECK(run.right());
  CHECK(plugged.nested == MLC_ERROR_BUSY);
  CHECK(plugged.nestedMessage ==
        "this session is running an inference already; open one session for each concurrent run");
  REQUIRE(few.run(tiny.api, plugged.session, &tiny.error) == MLC_OK);
  CHECK(few.right());
  // Two rows are the least that is worth a piece.
  CHECK(plugged.counts == std::vector<int64_t>{4, 2});
  tiny.api->session_close(plugged.session);
}

TEST_CASE("the caller's rounding mode neither changes results nor is changed") {
  OpenedModel tiny;
  mlc_session *session = tiny.session(2);
  TinyRun run(9), reference(9);
  for (TinyRun *each : {&run, &reference})
    for (float &value : each->y)
      value = 1e-9f;
  REQUIRE(reference.run(tiny.api, session, &tiny.error) == MLC_OK);
  std::vector<float> expected(27);
  std::memcpy(expected.data(), reference.outputs[0].data, 27 * 4);
  std::fesetround(FE_UPWARD);
  mlc_status status = run.run(tiny.api, session, &tiny.error);
  int mode = std::fegetround();
  std::fesetround(FE_TONEAREST);
  REQUIRE(status == MLC_OK);
  CHECK(mode == FE_UPWARD);
  CHECK(std::memcmp(expected.data(), run.outputs[0].data, 27 * 4) == 0);
  tiny.api->session_close(session);
}

TEST_CASE("a profile counts launches and time") {
  OpenedModel tiny;
  mlc_session_options options{};
  options.struct_size = sizeof options;
  options.threads = 1;
  options.profile = 1;
  mlc_session *session = nullptr;
  REQUIRE(tiny.api->session_open(tiny.model, &options, &session, &tiny.error) == MLC_OK);
  for (int i = 0; i < 3; ++i) {
    TinyRun run(1000);
    REQUIRE(run.run(tiny.api, session, &tiny.error) == MLC_OK);
  }
  mlc_kernel_profile profile{};
  profile.struct_size = sizeof profile;
  REQUIRE(tiny.api->session_profile(session, 0, &profile) == MLC_OK);
  CHECK(std::string(profile.name) == "add_scale");
  CHECK(profile.calls == 3);
  CHECK(profile.nanoseconds > 0);
  CHECK(profile.operations == 3 * 1000 * 64000);
  CHECK(profile.bytes == 3 * 36000);
  // A caller that knows the struct without its last fields.
  mlc_kernel_profile former{};
  former.struct_size = offsetof(mlc_kernel_profile, operations);
  REQUIRE(tiny.api->session_profile(session, 0, &former) == MLC_OK);
  CHECK(former.calls == 3);
  CHECK(former.operations == 0);
  tiny.api->session_reset_profile(session);
  REQUIRE(tiny.api->session_profile(session, 0, &profile) == MLC_OK);
  CHECK(profile.calls == 0);
  CHECK(tiny.api->session_profile(session, 1, &profile) == MLC_ERROR_INVALID_ARGUMENT);
  tiny.api->session_close(session);

  mlc_session *plain = tiny.session(1);
  CHECK(tiny.api->session_profile(plain, 0, &profile) == MLC_ERROR_INVALID_ARGUMENT);
  tiny.api->session_close(plain);
}
