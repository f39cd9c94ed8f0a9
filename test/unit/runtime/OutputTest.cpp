// Where outputs go.
#include "OpenedModel.h"

using namespace mlc::test;

TEST_CASE("outputs in the session's memory") {
  OpenedModel tiny;
  mlc_session *session = tiny.session(1);
  for (int64_t rows : {5, 0, 1, 200, 3}) {
    TinyRun run(rows);
    REQUIRE(run.run(tiny.api, session, &tiny.error) == MLC_OK);
    CHECK(run.right());
    CHECK(run.outputs[0].dtype == MLC_FLOAT32);
    CHECK(reinterpret_cast<uintptr_t>(run.outputs[0].data) % 64 == 0);
  }
  // The structs of one run can be used again.
  TinyRun run(4);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(run.run(tiny.api, session, &tiny.error) == MLC_OK);
    CHECK(run.right());
  }
  tiny.api->session_close(session);
}

TEST_CASE("a caller's buffer, and one that is too small") {
  OpenedModel tiny;
  mlc_session *session = tiny.session(1);
  TinyRun run(5);
  std::vector<float> buffer(15, -1.0f);
  run.outputs[0].buffer = buffer.data();
  run.outputs[0].capacity = 59;
  CHECK(run.run(tiny.api, session, &tiny.error) == MLC_ERROR_BUFFER_TOO_SMALL);
  CHECK(std::string(tiny.error.message) == "output 'sum': the buffer holds 59 bytes, the result float32[5,3] needs 60");
  CHECK(run.outputs[0].byte_size == 60);
  REQUIRE(run.outputs[0].rank == 2);
  CHECK(run.outputs[0].dims[0] == 5);
  CHECK(run.outputs[0].dims[1] == 3);
  CHECK(run.outputs[0].data == nullptr);
  CHECK(buffer == std::vector<float>(15, -1.0f));

  run.outputs[0].capacity = 60;
  REQUIRE(run.run(tiny.api, session, &tiny.error) == MLC_OK);
  CHECK(run.outputs[0].data == buffer.data());
  CHECK(run.right());

  run.outputs[0].buffer = reinterpret_cast<char *>(buffer.data()) + 2;
  CHECK(run.run(tiny.api, session, &tiny.error) == MLC_ERROR_INVALID_ARGUMENT);
  CHECK(std::string(tiny.error.message) == "output 'sum': buffer is not aligned to its element type, float32");
  tiny.api->session_close(session);
}

TEST_CASE("a caller's allocator") {
  OpenedModel tiny;
  mlc_session *session = tiny.session(1);
  TinyRun run(5);
  struct Calls {
    std::vector<std::pair<uint32_t, uint64_t>> seen;
    std::vector<int64_t> memory = std::vector<int64_t>(64);
    bool refuse = false;
  } calls;
  run.outputs[1].allocate_user = &calls;
  run.outputs[1].allocate = [](void *user, uint32_t index, uint64_t bytes, uint64_t) -> void * {
    auto *calls = static_cast<Calls *>(user);
    calls->seen.emplace_back(index, bytes);
    return calls->refuse ? nullptr : calls->memory.data();
  };
  REQUIRE(run.run(tiny.api, session, &tiny.error) == MLC_OK);
  CHECK(run.right());
  CHECK(run.outputs[1].data == calls.memory.data());
  REQUIRE(calls.seen.size() == 1);
  CHECK(calls.seen[0] == std::make_pair(1u, run.outputs[1].byte_size));

  calls.refuse = true;
  CHECK(run.run(tiny.api, session, &tiny.error) == MLC_ERROR_OUT_OF_MEMORY);
  CHECK(std::string(tiny.error.message) == "output 'rows': the allocator returned NULL for 24 bytes");
  tiny.api->session_close(session);
}
