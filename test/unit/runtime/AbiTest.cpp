// What a run refuses, and with which sentence.
#include "OpenedModel.h"

using namespace mlc::test;

TEST_CASE("a run checks its inputs and says what is wrong") {
  OpenedModel tiny;
  mlc_session *session = tiny.session(1);
  TinyRun run(5);
  auto expect = [&](mlc_status status, const std::string &message) {
    CHECK(run.run(tiny.api, session, &tiny.error) == status);
    CHECK(tiny.error.code == status);
    CHECK(std::string(tiny.error.message) == message);
    CHECK(std::string(tiny.api->session_last_error(session)) == message);
  };

  SECTION("a static dimension") {
    run.xDims[1] = 5;
    expect(MLC_ERROR_SHAPE, "input 'x': dimension 1 is 5, the model needs 3");
  }
  SECTION("equal symbols") {
    run.yDims[0] = 4;
    expect(MLC_ERROR_SHAPE,
           "input 'y': dimension 0 ('N') is 4, but dimension 0 of input 'x', which must be equal, is 5");
  }
  SECTION("a negative dimension") {
    run.xDims[0] = -1;
    expect(MLC_ERROR_SHAPE, "input 'x': dimension 0 is -1, it must not be negative");
  }
  SECTION("the rank") {
    run.inputs[1].rank = 1;
    expect(MLC_ERROR_SHAPE, "input 'y': it has 1 dimensions, the model needs 2");
  }
  SECTION("the type") {
    run.inputs[0].dtype = MLC_INT32;
    expect(MLC_ERROR_TYPE, "input 'x': it is int32, the model takes float32");
  }
  SECTION("the size") {
    run.inputs[0].byte_size = 59;
    expect(MLC_ERROR_INVALID_ARGUMENT, "input 'x': byte_size is 59, its dimensions and type make 60");
  }
  SECTION("sizes beyond the address space") {
    run.xDims[0] = run.yDims[0] = INT64_MAX / 2;
    expect(MLC_ERROR_SHAPE, "input 'x': its dimensions exceed the address space");
  }
  SECTION("data that is missing") {
    run.inputs[0].data = nullptr;
    expect(MLC_ERROR_INVALID_ARGUMENT, "input 'x': data is NULL");
  }
  SECTION("data that is not aligned") {
    run.inputs[0].data = reinterpret_cast<const char *>(run.x.data()) + 1;
    expect(MLC_ERROR_INVALID_ARGUMENT, "input 'x': data is not aligned to its element type, float32");
  }
  SECTION("dims that are missing") {
    run.inputs[0].dims = nullptr;
    expect(MLC_ERROR_INVALID_ARGUMENT, "input 'x': dims is NULL");
  }
  SECTION("struct sizes that differ") {
    run.inputs[1].struct_size = 8;
    expect(MLC_ERROR_INVALID_ARGUMENT, "input 'y': its struct_size is 8, that of the first input 40");
  }
  SECTION("what only the model knows") {
    TinyRun unlucky(13);
    CHECK(unlucky.run(tiny.api, session, &tiny.error) == MLC_ERROR_SHAPE);
    CHECK(std::string(tiny.error.message) == "node 'reshape': 13 rows cannot be 14");
  }
  SECTION("the number of inputs and outputs") {
    CHECK(tiny.api->session_run(session, run.inputs, 1, run.outputs, 2, &tiny.error) == MLC_ERROR_INVALID_ARGUMENT);
    CHECK(std::string(tiny.error.message) == "1 inputs given, the model has 2");
    CHECK(tiny.api->session_run(session, run.inputs, 2, run.outputs, 3, &tiny.error) == MLC_ERROR_INVALID_ARGUMENT);
    CHECK(std::string(tiny.error.message) == "3 outputs given, the model has 2");
  }

  // A failed run leaves the session as good as new.
  TinyRun good(5);
  CHECK(good.run(tiny.api, session, &tiny.error) == MLC_OK);
  CHECK(good.right());
  CHECK(std::string(tiny.api->session_last_error(session)).empty());
  tiny.api->session_close(session);
}

TEST_CASE("an error struct takes what it has room for, and may be missing") {
  OpenedModel tiny;
  mlc_session *session = tiny.session(1);
  TinyRun run(5);
  run.xDims[1] = 5;
  tiny.error.struct_size = offsetof(mlc_error, message) + 8;
  tiny.error.message[8] = '#';
  CHECK(run.run(tiny.api, session, &tiny.error) == MLC_ERROR_SHAPE);
  CHECK(std::string(tiny.error.message) == "input '");
  CHECK(tiny.error.message[8] == '#');
  CHECK(run.run(tiny.api, session, nullptr) == MLC_ERROR_SHAPE);
  tiny.api->session_close(session);
}

TEST_CASE("structs of callers that were built with a newer header") {
  OpenedModel tiny;
  mlc_session *session = tiny.session(1);
  TinyRun run(5);
  struct NewerInput {
    mlc_input known;
    uint64_t more;
  } inputs[2] = {{run.inputs[0], 7}, {run.inputs[1], 7}};
  struct NewerOutput {
    mlc_output known;
    uint64_t more;
  } outputs[2] = {{run.outputs[0], 7}, {run.outputs[1], 7}};
  for (int i = 0; i < 2; ++i) {
    inputs[i].known.struct_size = sizeof(NewerInput);
    outputs[i].known.struct_size = sizeof(NewerOutput);
  }
  REQUIRE(tiny.api->session_run(session, &inputs[0].known, 2, &outputs[0].known, 2, &tiny.error) == MLC_OK);
  for (int i = 0; i < 2; ++i) {
    CHECK(outputs[i].more == 7);
    run.outputs[i] = outputs[i].known;
  }
  CHECK(run.right());
  tiny.api->session_close(session);
}
