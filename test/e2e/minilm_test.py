"""all-MiniLM-L6-v2: sentence embeddings, batch and sequence length dynamic."""

import real_inputs
from compiled_model import Experiment, cosine, cpu_flags, real_models

models = real_models()
with Experiment("minilm") as e:
    model = models / "minilm.onnx"
    samples = real_inputs.sentences(models)[: 3 if e.quick else None]

    fp32, outputs = e.compare_fp32(model, samples)
    (name,) = outputs[0]
    e.note("shapes", " ".join("x".join(map(str, x["input_ids"].shape)) for x in samples[:6]))

    calibration = real_inputs.sentences(models, calibration=True)
    word = {k: v[:, :4] for k, v in samples[0].items()}
    int8, quantized = e.compile_int8(model, calibration, samples, emulated=[word])
    e.at_least("int8 cosine to fp32, worst sentence", min(cosine(y[name], z[name]) for y, z in zip(outputs, quantized)),
               0.98)
    if not e.quick:
        dynamic = e.optimize(model, "host", precision="int8")
        e.at_least("dynamic int8 cosine to fp32, worst sentence",
                   min(cosine(y[name], dynamic.run(x)[name]) for x, y in zip(samples, outputs)), 0.98)
    bf16 = e.optimize(model, "host", precision="bf16")
    e.at_least("bf16 cosine to fp32, worst sentence",
               min(cosine(y[name], bf16.run(x)[name]) for x, y in zip(samples, outputs)), 0.999)
    attention = [row for row in bf16.report["compile"]["kernels"] if row["kernel"].endswith("_attention")]
    e.at_least("nodes that are one of 6 attentions", sum(len(row["nodes"]) for row in attention), 18)
    if "avx512_bf16" in cpu_flags():
        e.at_least("attentions by vdpbf16ps",
                   sum(row["instruction_set"] == "avx512.vdpbf16ps" for row in attention) / len(attention), 1)
    fp16 = e.optimize(model, "host", precision="fp16")
    e.at_least("fp16 cosine to fp32, worst sentence",
               min(cosine(y[name], fp16.run(x)[name]) for x, y in zip(samples, outputs)), 0.9999)
    e.at_most("fp16 library / fp32 library", fp16.size / fp32.size, 0.52)
    e.at_most("int8 library / fp32 library", int8.size / fp32.size, 0.30)
    if not e.quick:  # quick tests run beside others
        e.at_most("fp32 compile seconds", fp32.seconds, 30)
    e.at_most("fp32 compile peak MB", fp32.peak_bytes / 1e6, 1000)
