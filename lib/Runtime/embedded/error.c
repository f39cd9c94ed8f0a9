/* Failures as codes with a sentence. */
#include "Runtime/embedded/runtime.h"

#include <stdio.h>
#include <string.h>

mlc_status mlc_fail(struct mlc_failure *failure, mlc_status code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(failure->message, sizeof failure->message, format, arguments);
  va_end(arguments);
  failure->code = code;
  return code;
}

mlc_status mlc_report(const struct mlc_failure *failure, mlc_error *error) {
  if (error && error->struct_size > offsetof(mlc_error, message)) {
    size_t room = error->struct_size - offsetof(mlc_error, message);
    size_t length = strlen(failure->message);
    if (length >= room)
      length = room - 1;
    memcpy(error->message, failure->message, length);
    error->message[length] = '\0';
    error->code = failure->code;
  }
  return failure->code;
}

const char *mlc_status_name(mlc_status status) {
  switch (status) {
  case MLC_OK:
    return "MLC_OK";
  case MLC_ERROR_INVALID_ARGUMENT:
    return "MLC_ERROR_INVALID_ARGUMENT";
  case MLC_ERROR_UNSUPPORTED_CPU:
    return "MLC_ERROR_UNSUPPORTED_CPU";
  case MLC_ERROR_TYPE:
    return "MLC_ERROR_TYPE";
  case MLC_ERROR_SHAPE:
    return "MLC_ERROR_SHAPE";
  case MLC_ERROR_BUFFER_TOO_SMALL:
    return "MLC_ERROR_BUFFER_TOO_SMALL";
  case MLC_ERROR_OUT_OF_MEMORY:
    return "MLC_ERROR_OUT_OF_MEMORY";
  case MLC_ERROR_BUSY:
    return "MLC_ERROR_BUSY";
  case MLC_ERROR_VALUE:
    return "MLC_ERROR_VALUE";
  case MLC_ERROR_INTERNAL:
    return "MLC_ERROR_INTERNAL";
  default:
    return "unknown status";
  }
}
