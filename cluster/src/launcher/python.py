"""The Python launcher of Raptor: loads one file and calls one function of it, once per line.

Called as `python3 -B -c TEXT FILE FUNCTION`. Every line of standard input is {"value": parameters,
"activation_id": ..., ...}: the keys beside "value" become __OW_* variables, but those that begin
with "raptor_" become RAPTOR_*. Descriptor 3 takes one line for each: the result. Standard output
and standard error are the function's log. The end of the input ends the launcher.
"""

import sys

# With -c the working directory stands first in the path, and it is the action's: a json.py there
# must not stand in for what the launcher itself imports.
if sys.path[:1] == [""]:
    del sys.path[0]

import atexit
import json
import os

INPUT_FD = 0
RESULT_FD = 3

# By this the node finds what was started here, so it stays what it is.
MARKER = "RAPTOR_ATTEMPT"

# How an answer is marked that is not the function's own, and after which this process should not be
# used any more, where somebody looks: "1", by a sign before it; "key", by a member of it.
FATAL = os.environ.get("RAPTOR_LAUNCHER_FATAL")


def parameters(line):
    """Sets the variables that the line has, and gives the parameters."""
    fields = json.loads(line)
    value = fields.pop("value", None)
    for key, text in fields.items():
        name = key.upper()
        if name == MARKER:
            continue
        name = name if name.startswith("RAPTOR_") else "__OW_" + name
        try:
            os.environ[name] = text if isinstance(text, str) else json.dumps(text)
        except ValueError:
            # No variable can be called that, or hold that.
            pass
    return {} if value is None else value


def add_packages(directory):
    """Makes the packages of a virtual environment beside the file importable, before others."""
    environment = os.path.join(directory, "virtualenv")
    if not os.path.isdir(environment):
        return
    import site

    before = list(sys.path)
    for lib in ("lib", "lib64", "Lib"):
        root = os.path.join(environment, lib)
        versions = sorted(os.listdir(root)) if os.path.isdir(root) else []
        for version in ["", *(name for name in versions if name.startswith("python"))]:
            packages = os.path.join(root, version, "site-packages")
            if os.path.isdir(packages):
                site.addsitedir(packages)
    sys.path[:] = [path for path in sys.path if path not in before] + before


def function(file, name):
    """Loads the file as a module and gives the function that the manifest's key names."""
    stem = os.path.splitext(os.path.basename(file))[0]
    # Known by its own name, so that what it defines can be pickled; unless that name is taken.
    module = type(sys)("__action__" if stem in sys.modules else stem)
    module.__file__ = file
    sys.modules[module.__name__] = module
    add_packages(os.path.dirname(file))
    sys.path.insert(0, os.path.dirname(file))
    sys.argv = [file]
    with open(file, "rb") as source:
        code = compile(source.read(), file, "exec", dont_inherit=True)
    exec(code, module.__dict__)
    found = getattr(module, name, None)
    if not callable(found):
        raise LookupError(f"{os.path.basename(file)} has no function {name!r}")
    return found


def fatal(text):
    """An answer that is not the function's own."""
    answer = {"error": text}
    if FATAL == "key":
        answer["raptor_fatal"] = True
    return ("!" if FATAL == "1" else "") + json.dumps(answer)


def answer_of(result, name):
    """The result as one line of JSON."""
    if not isinstance(result, (dict, list, tuple)):
        return fatal("The action did not return a dictionary or array.")
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
    return f"{type(error).__name__}: {error}"


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            # The function has closed or replaced it.
            pass


def send(results, text):
    """Answers, after all that was printed on the way."""
    flush()
    results.write(text.encode() + b"\n")
    results.flush()


def leave():
    """Ends as Python does, but for taking all objects apart: that takes longer than many a function."""
    threads = sys.modules.get("threading")
    try:
        if threads is not None:
            threads._shutdown()
        atexit._run_exitfuncs()
    except Exception as error:
        report(error)
    flush()
    os._exit(0)


def open_lines():
    """The lines, out of the function's reach: its own standard input is empty."""
    lines = open(os.dup(INPUT_FD), "rb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, INPUT_FD)
    os.close(nothing)
    return lines


def main(file, name):
    # A child that outlives the function must not hold the node's pipe open.
    os.set_inheritable(RESULT_FD, False)
    # A function that is ended by a signal has its log up to the last full line.
    sys.stdout.reconfigure(line_buffering=True)
    lines = open_lines()
    results = open(RESULT_FD, "wb")
    asked = os.environ.get("__OW_WAIT_FOR_ACK") == "1"
    found = broken = None
    try:
        found = function(file, name)
    except Exception as error:
        broken = report(error)
    if asked and broken is not None:
        send(results, json.dumps({"ok": False, "error": broken}))
        sys.exit(1)
    if asked:
        send(results, '{"ok":true}')
    if os.environ.pop("RAPTOR_LAUNCHER_READY", None) == "1":
        results.write(b"\0")
        results.flush()
    for line in lines:
        try:
            value = parameters(line)
            answer = fatal(broken) if broken else answer_of(found(value), name)
        except Exception as error:
            answer = json.dumps({"error": report(error)})
        send(results, answer)
    leave()


main(*sys.argv[1:])
