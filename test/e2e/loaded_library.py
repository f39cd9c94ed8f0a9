"""A generated library in this process, through its C ABI (include/mlcompress/model.h) by ctypes."""

import ctypes as c

import numpy as np

ABI_VERSION = 1
_DTYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64, 9: np.bool_,
           10: np.float16, 11: np.float64, 12: np.uint32, 13: np.uint64}
_CODES = {np.dtype(dtype): code for code, dtype in _DTYPES.items()}
_I64 = c.POINTER(c.c_int64)


class _Struct(c.Structure):
    def __init__(self, *arguments, **fields):
        super().__init__(c.sizeof(type(self)), *arguments, **fields)


class _Error(_Struct):
    _fields_ = [("struct_size", c.c_uint32), ("code", c.c_int32), ("message", c.c_char * 504)]


class _Info(_Struct):
    _fields_ = [("struct_size", c.c_uint32), ("num_inputs", c.c_uint32), ("num_outputs", c.c_uint32),
                ("num_kernels", c.c_uint32), ("name", c.c_char_p), ("target", c.c_char_p), ("tool_version", c.c_char_p)]


class _TensorDesc(_Struct):
    _fields_ = [("struct_size", c.c_uint32), ("dtype", c.c_int32), ("name", c.c_char_p), ("rank", c.c_int32),
                ("reserved", c.c_uint32), ("dims", _I64), ("symbols", c.POINTER(c.c_char_p))]


class _SessionOptions(_Struct):
    _fields_ = [("struct_size", c.c_uint32), ("threads", c.c_uint32), ("parallel_for", c.c_void_p),
                ("parallel_for_user", c.c_void_p), ("profile", c.c_uint32), ("reserved", c.c_uint32)]


class _Input(_Struct):
    _fields_ = [("struct_size", c.c_uint32), ("dtype", c.c_int32), ("data", c.c_void_p), ("byte_size", c.c_uint64),
                ("rank", c.c_uint32), ("reserved", c.c_uint32), ("dims", _I64)]


class _Output(_Struct):
    _fields_ = [("struct_size", c.c_uint32), ("reserved", c.c_uint32), ("buffer", c.c_void_p), ("capacity", c.c_uint64),
                ("allocate", c.c_void_p), ("allocate_user", c.c_void_p), ("data", c.c_void_p), ("dtype", c.c_int32),
                ("rank", c.c_uint32), ("dims", _I64), ("byte_size", c.c_uint64)]


def _function(*arguments, result=c.c_int32):
    return c.CFUNCTYPE(result, *arguments)


_OPAQUE = c.c_void_p


class _Api(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("abi_version", c.c_uint32),
        ("get_info", _function(c.POINTER(_Info))),
        ("get_input", _function(c.c_uint32, c.POINTER(_TensorDesc))),
        ("get_output", _function(c.c_uint32, c.POINTER(_TensorDesc))),
        ("model_open", _function(c.c_void_p, c.POINTER(_OPAQUE), c.POINTER(_Error))),
        ("model_close", _function(_OPAQUE, result=None)),
        ("workspace_size", _function(_OPAQUE, c.POINTER(_Input), c.c_uint32, c.c_uint32, c.POINTER(c.c_uint64),
                                     c.POINTER(c.c_int32), c.POINTER(_Error))),
        ("session_open", _function(_OPAQUE, c.POINTER(_SessionOptions), c.POINTER(_OPAQUE), c.POINTER(_Error))),
        ("session_close", _function(_OPAQUE, result=None)),
        ("session_run", _function(_OPAQUE, c.POINTER(_Input), c.c_uint32, c.POINTER(_Output), c.c_uint32,
                                  c.POINTER(_Error))),
    ]


class LoadedLibrary:
    """One model and one session of `threads` threads. RuntimeError with the library's sentence on a failure."""

    def __init__(self, path, threads=1):
        library = c.CDLL(str(path))
        library.mlc_get_api.restype = c.POINTER(_Api)
        table = library.mlc_get_api(c.c_uint32(ABI_VERSION))
        if not table:
            raise RuntimeError(f"{path} does not serve ABI version {ABI_VERSION}")
        self.path, self._library, self._api, self._error = path, library, table.contents, _Error()
        info = _Info()
        self._api.get_info(c.byref(info))
        self.inputs = [self._describe(self._api.get_input, i) for i in range(info.num_inputs)]
        self.outputs = [self._describe(self._api.get_output, i) for i in range(info.num_outputs)]
        self._model, self._session = _OPAQUE(), _OPAQUE()
        self._call(self._api.model_open, None, c.byref(self._model))
        self._call(self._api.session_open, self._model, c.byref(_SessionOptions(threads)), c.byref(self._session))

    def _describe(self, function, index):
        """(name, numpy type, dimensions; None where only a run tells)."""
        desc = _TensorDesc()
        function(index, c.byref(desc))
        dims = None if desc.rank < 0 else tuple(desc.dims[: desc.rank])
        return desc.name.decode(), np.dtype(_DTYPES[desc.dtype]), dims

    def _call(self, function, *arguments):
        if function(*arguments, c.byref(self._error)) != 0:
            raise RuntimeError(f"{self.path}: {self._error.message.decode(errors='replace')}")

    def prepare(self, inputs):
        """A function that runs once on `inputs` (a dict of arrays) and leaves the outputs in the session; what
        a benchmark times. Its attribute `outputs` copies them out, by name."""
        arrays = [np.asarray(inputs[name], order="C") for name, _, _ in self.inputs]
        dims = [(c.c_int64 * max(a.ndim, 1))(*a.shape) for a in arrays]
        given = (_Input * len(arrays))(*[_Input(_CODES[a.dtype], a.ctypes.data, a.nbytes, a.ndim, 0, d)
                                         for a, d in zip(arrays, dims)])
        made = (_Output * len(self.outputs))(*[_Output() for _ in self.outputs])

        def run():
            self._call(self._api.session_run, self._session, given, len(given), made, len(made))

        def outputs():
            copies = {}
            for (name, _, _), result in zip(self.outputs, made):
                raw = c.string_at(result.data, result.byte_size)
                copies[name] = np.frombuffer(raw, _DTYPES[result.dtype]).reshape(result.dims[: result.rank])
            return copies

        run.outputs, run.keep = outputs, (arrays, dims)
        return run

    def run(self, inputs):
        """{output name: array} of one call."""
        run = self.prepare(inputs)
        run()
        return run.outputs()

    def close(self):
        self._api.session_close(self._session)
        self._api.model_close(self._model)
        self._model = self._session = None
