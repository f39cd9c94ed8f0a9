"""The small files that the error cases use, written into the current folder under fixed names."""

from pathlib import Path

import numpy as np
import onnx
from PIL import Image
from onnx import TensorProto, helper, numpy_helper

F32 = TensorProto.FLOAT


def model(nodes, inputs, outputs, initializers=(), opset=17, domains=()):
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info(n, t, s) for n, t, s in inputs],
                              [helper.make_tensor_value_info(n, t, s) for n, t, s in outputs], list(initializers))
    imports = [helper.make_opsetid("", opset)] + [helper.make_opsetid(d, 1) for d in domains]
    return helper.make_model(graph, opset_imports=imports, ir_version=8)


def write_all():
    x, y = ("x", F32, ["batch", 4]), ("y", F32, ["batch", 4])
    weight = numpy_helper.from_array(np.eye(4, dtype=np.float32), "w")
    node = helper.make_node

    good = model([node("MatMul", ["x", "w"], ["p"], name="project"), node("Relu", ["p"], ["y"], name="act")],
                 [x], [y], [weight])
    onnx.save(good, "good.onnx")
    doubled = onnx.ModelProto()
    doubled.CopyFrom(good)
    doubled.graph.initializer[0].CopyFrom(numpy_helper.from_array(2 * np.eye(4, dtype=np.float32), "w"))
    onnx.save(doubled, "doubled.onnx")
    Path("truncated.onnx").write_bytes(good.SerializeToString()[:-40])
    Path("text.onnx").write_text("This is not a model, it is a sentence about one.\n")
    Path("lfs_pointer.onnx").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:" + 64 * "0" + "\nsize 9\n")
    Path("empty.onnx").write_bytes(b"")
    Path("a_file").write_text("not a folder\n")

    external = onnx.ModelProto()
    external.CopyFrom(good)
    tensor = external.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "weights.bin"), ("offset", "0"), ("length", "64")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    Path("external_missing.onnx").write_bytes(external.SerializeToString())
    tensor.external_data[0].value = "short.bin"
    Path("short.bin").write_bytes(bytes(10))
    Path("external_short.onnx").write_bytes(external.SerializeToString())
    tensor.external_data[0].value = "../../etc/hostname"
    Path("external_outside.onnx").write_bytes(external.SerializeToString())

    onnx.save(model([node("Add", ["x", "b"], ["a"], name="first"), node("Relu", ["a"], ["b"], name="second"),
                     node("Identity", ["b"], ["y"], name="last")], [x], [y]), "cycle.onnx")
    onnx.save(model([node("Add", ["x", "nowhere"], ["y"], name="sum")], [x], [y]), "undefined_value.onnx")
    onnx.save(model([node("Relu", ["x"], ["a"], name="r")], [x], [y]), "undefined_output.onnx")
    onnx.save(model([node("FancyAttention", ["x"], ["a"], name="fancy", domain="com.example"),
                     node("Bogus", ["a"], ["b"], name="bogus"), node("Relu", ["b"], ["c"], name="fine"),
                     node("FancyAttention", ["c"], ["y"], name="fancy2", domain="com.example")],
                    [x], [y], domains=["com.example"]), "unsupported.onnx")
    onnx.save(model([node("Relu", ["x"], ["y"], name="r")], [x], [y], opset=99), "future_opset.onnx")
    onnx.save(model([node("MatMul", ["x", "w3"], ["y"], name="project")], [x], [y],
                    [numpy_helper.from_array(np.ones((3, 4), np.float32), "w3")]), "shape_mismatch.onnx")
    onnx.save(model([node("Add", ["x", "i"], ["y"], name="sum")], [x, ("i", TensorProto.INT64, ["batch", 4])], [y]),
              "type_mismatch.onnx")

    onnx.save(model([node("Pad", ["x", "pads"], ["y"], name="border")], [x], [("y", F32, None)],
                    [numpy_helper.from_array(np.array([1, 0, 0, 0]), "pads")]), "padded.onnx")

    ones = np.ones((2, 4), np.float32)
    np.savez("data.npz", x=ones)
    np.savez("labelled.npz", x=ones, label=np.array([1, 7]))
    np.savez("no_rows.npz", x=np.ones((0, 4), np.float32))
    np.savez("misnamed.npz", X1=ones)
    np.savez("wrong_shape.npz", x=np.ones((2, 5), np.float32))
    np.savez("wrong_rank.npz", x=np.ones(4, np.float32))
    np.savez("wrong_type.npz", x=ones.astype(np.float64))
    Path("broken.npz").write_bytes(b"PK\x03\x04 and then nothing of use")
    Path("empty_folder").mkdir()
    Path("folder_of_others").mkdir()
    Path("folder_of_others/notes").write_text("of someone else\n")

    image = ("image", F32, ["batch", 3, 8, 8])
    onnx.save(model([node("Relu", ["image"], ["y"], name="r")], [image], [("y", F32, ["batch", 3, 8, 8])]), "images.onnx")
    for folder in ("photos", "broken_photos", "other_photos", "typo_photos"):
        Path(folder).mkdir()
    photo = Image.fromarray(np.arange(300, dtype=np.uint16).astype(np.uint8).reshape(10, 10, 3))
    photo.save("photos/a.png")
    photo.save("broken_photos/a.png")
    photo.save("broken_photos/b.jpg")
    Path("broken_photos/b.jpg").write_bytes(Path("broken_photos/b.jpg").read_bytes()[:-50])
    photo.save("other_photos/a.gif")
    photo.save("typo_photos/a.png")
    for folder in ("broken_photos", "other_photos"):
        Path(folder, "preprocess.json").write_text('{"scale": "1/255"}\n')
    Path("typo_photos/preprocess.json").write_text('{"scale": "1/255", "means": [0.5, 0.5, 0.5]}\n')
    Path("wrong_number.csv").write_text("a,b,c,d\n1,2,3,4\n5,6,seven,8\n")
    Path("few_columns.csv").write_text("a,b,c,label\n1,2,3,0\n")
    Path("short_row.csv").write_text("a,b,c,d\n1,2,3,4\n5,6,7\n")
