"""The half of the benchmark that Python shares: serve.mjs's protocol, lines of JSON and files of float32."""

import ctypes
import json
import sys
import time


def repeat(run, calls):
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - start) * 1e6 / calls


def warm(run, ms):
    start, calls = time.perf_counter(), 1
    while True:
        us = repeat(run, calls)
        if (time.perf_counter() - start) * 1e3 >= ms:
            return us
        calls *= 2


def serve(prepare):
    """Answers until the questions end: prepare(question) gives run(), one call, and answer(), the tensors to compare."""
    run = None
    for line in sys.stdin:
        question = json.loads(line)
        try:
            if question["ask"] == "prepare":
                run, answer = prepare(question)
                start = time.perf_counter()
                found = answer()
                reply = {"us": (time.perf_counter() - start) * 1e6}
                with open(question["result"], "wb") as file:
                    for tensor in found:
                        tensor = tensor.detach().contiguous()
                        file.write(ctypes.string_at(tensor.data_ptr(), tensor.numel() * 4))
            elif question["ask"] == "warm":
                reply = {"us": warm(run, question["ms"])}
            else:
                reply = {"us": repeat(run, question["calls"])}
        except Exception as error:
            reply = {"refused": str(error).split("\n")[0]}
        print(json.dumps(reply), flush=True)
