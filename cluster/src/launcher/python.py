"""The Python launcher of Raptor: calls one function of one file once.

Called as `python3 -B -c TEXT FILE FUNCTION`. Standard input holds one line, {"value": parameters,
"activation_id": ..., ...}: the keys beside "value" become __OW_* variables. Descriptor 3 takes the
result. Standard output and standard error are the function's log.
"""

import sys

# With -c the working directory stands first in the path, and it is the action's: a json.py there
# must not stand in for what the launcher itself imports.
if sys.path[:1] == [""]:
    del sys.path[0]

import json
import os

RESULT_FD = 3


def parameters():
    """Reads the line, sets the variables, and gives the parameters."""
    line = json.loads(sys.stdin.buffer.readline())
    value = line.pop("value")
    for key, text in line.items():
        text = text if isinstance(text, str) else json.dumps(text)
        os.environ["__OW_" + key.upper()] = text
    return {} if value is None else value


def function(file, name):
    """Loads the file as a module and gives the function that the manifest's key names."""
    stem = os.path.splitext(os.path.basename(file))[0]
    # Known by its own name, so that what it defines can be pickled; unless that name is taken.
    module = type(sys)("__action__" if stem in sys.modules else stem)
    module.__file__ = file
    sys.modules[module.__name__] = module
    sys.path.insert(0, os.path.dirname(file))
    sys.argv = [file]
    with open(file, "rb") as source:
        code = compile(source.read(), file, "exec", dont_inherit=True)
    exec(code, module.__dict__)
    found = getattr(module, name, None)
    if not callable(found):
        raise LookupError(f"{os.path.basename(file)} has no function {name!r}")
    return found


def text_of(result, name):
    """The result as one line of JSON."""
    if not isinstance(result, dict):
        return json.dumps({"error": "The action did not return a dictionary."})
    try:
        text = json.dumps(result, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
        return text
    except (TypeError, ValueError, RecursionError) as error:
        return json.dumps({"error": f"the result of {name!r} is not JSON: {error}"})


def report(error):
    """Writes the traceback to the log as Python itself would, without the launcher's frames."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == "<string>":
        trace = trace.tb_next
    # The hook is built in: importing traceback would cost as much as starting Python.
    sys.__excepthook__(type(error), error.with_traceback(trace), trace)


def main(file, name):
    # A child that outlives the function must not hold the node's pipe open.
    os.set_inheritable(RESULT_FD, False)
    # A function that is ended by a signal has its log up to the last full line.
    sys.stdout.reconfigure(line_buffering=True)
    value = parameters()
    try:
        text = text_of(function(file, name)(value), name)
    except Exception as error:
        report(error)
        text = json.dumps({"error": f"{type(error).__name__}: {error}"})
    with open(RESULT_FD, "w", encoding="utf-8") as result:
        result.write(text + "\n")


main(*sys.argv[1:])
