//! Kind `actionloop`: the variables of OpenWhisk's ActionLoop proxy.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{BASH_LOOP, Container, base64, bash, has_python, zip};

/// A directory with executables that a stock image would have.
struct Image {
    directory: tempfile::TempDir,
}

impl Image {
    fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().expect("there is room");
        for (name, content) in files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().expect("it has one")).expect("there is room");
            fs::write(&path, content).expect("there is room");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
        }
        Self { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A container with its compiler, and further variables.
    fn container(&self, variables: &[(&str, &str)]) -> Container {
        let compiler = self.path("bin/compile");
        let compiler = compiler.to_str().expect("it is text");
        let mut all = vec![("OW_COMPILER", compiler)];
        all.extend(variables);
        Container::start_with("actionloop", &[], &all)
    }
}

/// Makes a loop of a source that is what the loop does.
const COMPILER: &str = r#"#!/bin/bash
main=$1; src=$2; bin=$3
{ echo '#!/bin/bash'; echo 'while IFS= read -r line; do'; cat "$src/exec"; echo; echo done; } > "$bin/exec"
echo "$__OW_EXECUTION_ENV" > "$bin/exec.env"
chmod +x "$bin/exec"
"#;

#[test]
fn source_is_compiled_and_programs_are_not() {
    let image = Image::new(&[("bin/compile", COMPILER)]);
    let container = image.container(&[]);
    assert_eq!(
        container.init(r#"echo '{"compiled":true}' >&3"#).status,
        200
    );
    assert_eq!(
        container.run(&json!({})).json(),
        json!({ "compiled": true })
    );
    let container = image.container(&[]);
    assert_eq!(container.init(BASH_LOOP).status, 200);
    assert_eq!(container.run(&json!({})).status, 200);
}

#[test]
fn the_compiler_gets_the_entry_point_and_the_environment() {
    let compiler = r#"#!/bin/bash
printf '#!/bin/bash\nread -r line; echo "{\\"main\\":\\"%s\\",\\"key\\":\\"%s\\",\\"path\\":\\"%s\\"}" >&3; read -r line\n' \
    "$1" "$__OW_API_KEY" "${PATH:+set}" > "$3/exec"
chmod +x "$3/exec"
"#;
    let image = Image::new(&[("bin/compile", compiler)]);
    let container = image.container(&[]);
    let env = json!({ "__OW_API_KEY": "secret" });
    let value = json!({ "main": "niam", "binary": false, "code": "source", "env": env });
    assert_eq!(container.init_value(&value).status, 200);
    let expected = json!({ "main": "niam", "key": "secret", "path": "set" });
    assert_eq!(container.run(&json!({})).json(), expected);
}

#[test]
fn whatever_the_compiler_says_is_an_error() {
    let image = Image::new(&[("bin/compile", "#!/bin/bash\necho 'line 7: no' >&2\n")]);
    let container = image.container(&[]);
    let answer = container.init("source");
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (502, "line 7: no")
    );
    let container = image.container(&[("OW_LOG_INIT_ERROR", "1")]);
    let answer = container.init("source");
    let text = "The action failed to generate or locate a binary. See logs for details.";
    assert_eq!((answer.status, answer.error().as_str()), (502, text));
    let log = container.log();
    assert!(log.stderr.starts_with("line 7: no\n"), "{log:?}");
    assert_eq!(log.sentinels(), (1, 1));
}

#[test]
fn a_compiler_that_leaves_nothing_or_fails_is_an_error() {
    let image = Image::new(&[("bin/compile", "#!/bin/bash\n")]);
    let answer = image.container(&[]).init("source");
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (502, "cannot compile")
    );
    let image = Image::new(&[("bin/compile", "#!/bin/bash\nexit 3\n")]);
    let answer = image.container(&[]).init("source");
    assert_eq!(answer.status, 502);
    assert!(answer.error().contains("status 3"), "{answer:?}");
}

#[test]
fn an_action_for_another_environment_is_refused() {
    let image = Image::new(&[("bin/compile", COMPILER)]);
    let container = image.container(&[("OW_EXECUTION_ENV", "openwhisk/action-bash-v1")]);
    assert_eq!(container.init("echo '{}' >&3").status, 200);
    let container = image.container(&[("OW_EXECUTION_ENV", "openwhisk/action-bash-v1")]);
    let archive = zip(&[
        ("exec", BASH_LOOP),
        ("exec.env", "openwhisk/action-bash-v0\n"),
    ]);
    let value = json!({ "binary": true, "code": base64(&archive) });
    let answer = container.init_value(&value);
    assert_eq!(answer.status, 502);
    let text = "Execution environment version mismatch. See logs for details.";
    assert_eq!(answer.error(), text);
    assert!(container.log().stdout.contains("openwhisk/action-bash-v1"));
}

#[test]
fn launchers_that_acknowledge_are_waited_for() {
    let variables = [("OW_WAIT_FOR_ACK", "1")];
    for (code, status) in [
        (
            format!(
                "#!/bin/bash\necho '{{\"ok\": true}}' >&3\n{}",
                &BASH_LOOP[12..]
            ),
            200,
        ),
        (
            "#!/bin/bash\necho '{\"ok\": false}' >&3\nread -r line\n".to_owned(),
            502,
        ),
        (
            "#!/bin/bash\necho 'hello' >&3\nread -r line\n".to_owned(),
            502,
        ),
        ("#!/bin/bash\nexit 1\n".to_owned(), 502),
    ] {
        let container = Container::start_with("actionloop", &[], &variables);
        let answer = container.init(&code);
        assert_eq!(answer.status, status, "{code}: {answer:?}");
        if status == 200 {
            let said = container.run(&json!({ "a": 1 })).json();
            assert_eq!(said["value"], json!({ "a": 1 }));
        } else {
            assert_eq!(container.log().sentinels(), (1, 1));
        }
    }
}

#[test]
fn a_jar_is_kept_as_a_file_where_that_is_asked_for() {
    let compiler = "#!/bin/bash\ncp \"$2/exec.jar\" \"$3/exec.jar\" && cat > \"$3/exec\" <<'END'\n\
                    #!/bin/bash\ncd \"${0%/*}\"; while read -r line; do\n\
                    if [ -s exec.jar ]; then echo '{\"jar\":true}' >&3; else echo '{}' >&3; fi; done\n\
                    END\nchmod +x \"$3/exec\"\n";
    let image = Image::new(&[("bin/compile", compiler)]);
    let container = image.container(&[("OW_SAVE_JAR", "exec.jar")]);
    let jar = zip(&[
        ("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n"),
        ("A.class", "x"),
    ]);
    let value = json!({ "main": "A", "binary": true, "code": base64(&jar) });
    let answer = container.init_value(&value);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(container.run(&json!({})).json(), json!({ "jar": true }));
}

/// A compiler as that of OpenWhisk's Python image, in words of its own: it leaves `main__.py`,
/// `exec__.py` and a script that starts Python there.
const PYTHON_COMPILER: &str = r##"#!/bin/bash
main=$1; src=$2; bin=$3
home=$(dirname "$(dirname "$0")")
for name in exec __main__.py; do [ -f "$src/$name" ] && mv "$src/$name" "$src/main__.py"; done
if [ ! -f "$src/main__.py" ]; then echo "Zip file does not include main__"; exit 0; fi
rm -rf "$bin"; mv "$src" "$bin"
sed "s/from main__ import main as main/from main__ import $main as main/" \
    "$home/lib/launcher.py" > "$bin/exec__.py"
cat > "$bin/exec" <<'END'
#!/bin/bash
export PYTHONIOENCODING=UTF-8
if [[ "$__OW_EXECUTION_ENV" == "" || "$(cat $0.env)" == "$__OW_EXECUTION_ENV" ]]
then cd "$(dirname $0)"; exec /usr/bin/env python3 exec__.py "$@"
else echo "Execution Environment Mismatch"; exit 1
fi
END
chmod +x "$bin/exec"
[ -n "$__OW_EXECUTION_ENV" ] && echo -n "$__OW_EXECUTION_ENV" > "$bin/exec.env"
exit 0
"##;

/// A launcher as that of OpenWhisk's Python image, in words of its own.
pub(crate) const PYTHON_LAUNCHER: &str = r#"
import json, os, sys, traceback
from sys import stdin, stdout, stderr
from os import fdopen
try:
    from main__ import main as main
except Exception:
    traceback.print_exc(file=sys.stderr)
    sys.exit(1)
answers = fdopen(3, "wb")
if os.getenv("__OW_WAIT_FOR_ACK", "") != "":
    answers.write(b'{"ok": true}\n')
    answers.flush()
while True:
    line = stdin.readline()
    if not line:
        break
    payload = {}
    args = json.loads(line)
    for key in args:
        if key == "value":
            payload = args["value"]
        else:
            os.environ["__OW_%s" % key.upper()] = args[key]
    try:
        result = main(payload)
    except Exception as error:
        print(traceback.format_exc(), file=stderr)
        result = {"error": str(error)}
    answers.write(json.dumps(result, ensure_ascii=False).encode("utf-8"))
    answers.write(b"\n")
    stdout.flush()
    stderr.flush()
    answers.flush()
"#;

#[test]
fn the_layout_of_the_official_python_image_works_unchanged() {
    if !has_python() {
        return;
    }
    let image = Image::new(&[
        ("bin/compile", PYTHON_COMPILER),
        ("lib/launcher.py", PYTHON_LAUNCHER),
    ]);
    let variables = [
        ("OW_LOG_INIT_ERROR", "1"),
        ("OW_WAIT_FOR_ACK", "1"),
        ("OW_EXECUTION_ENV", "openwhisk/action-python-v3.11"),
    ];
    let code = "import os\ndef niam(args):\n    print('hello')\n    \
                return {'args': args, 'id': os.environ['__OW_ACTIVATION_ID']}\n";
    let started = |value: Value| {
        let container = image.container(&variables);
        (container.init_value(&value), container)
    };
    let (answer, container) = started(json!({ "main": "niam", "code": code }));
    assert_eq!(answer.status, 200, "{answer:?} {:?}", container.log());
    for n in 0..2 {
        let body = json!({ "value": { "n": n, "text": "ünï" }, "activation_id": n.to_string() });
        let said = container.run_body(&body).json();
        assert_eq!(
            said,
            json!({ "args": { "n": n, "text": "ünï" }, "id": n.to_string() })
        );
    }
    assert_eq!(container.log().sentinels(), (2, 2));
    assert_eq!(container.log().text(), "hello\nhello\n");

    let archive = zip(&[("__main__.py", "from lib import niam\n"), ("lib.py", code)]);
    let value = json!({ "main": "niam", "binary": true, "code": base64(&archive) });
    let (answer, container) = started(value);
    assert_eq!(answer.status, 200, "{answer:?} {:?}", container.log());
    assert_eq!(container.run(&json!({})).status, 200);

    let (answer, container) = started(json!({ "code": "def main(args)\n" }));
    assert_eq!(answer.status, 502);
    assert!(container.log().stderr.contains("SyntaxError"));
    assert_eq!(container.log().sentinels(), (1, 1));
}

#[test]
fn without_variables_an_action_is_a_program_of_its_own() {
    let container = Container::with("actionloop", &bash(r#"echo "{\"dir\":\"$PWD\"}" >&3"#));
    assert!(container.run(&json!({})).json()["dir"].is_string());
}
