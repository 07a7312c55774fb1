use tempfile::TempDir;

use super::*;

/// An action's directory with one executable `tool`, and a node whose search path has another
/// directory with the programs `tool` and `python3`.
struct Place {
    action: TempDir,
    search: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            action: TempDir::new().unwrap(),
            search: TempDir::new().unwrap(),
        };
        write(place.action.path(), "tool", 0o755);
        write(place.action.path(), "wc.py", 0o644);
        write(place.action.path(), "wc.mjs", 0o644);
        write(place.action.path(), "notes", 0o644);
        write(place.search.path(), "tool", 0o755);
        write(place.search.path(), "python3", 0o755);
        write(place.search.path(), "node", 0o755);
        place
    }

    fn launch(&self, function: &Function) -> Result<Launch, LaunchError> {
        let launchers = Launchers {
            python: "python3".into(),
            nodejs: "node".into(),
            search_path: env::join_paths([Path::new("/nowhere"), self.search.path()]).unwrap(),
        };
        launchers.launch(function, Some(self.action.path()))
    }

    fn exec(&self, argv: &[&str]) -> Result<Launch, LaunchError> {
        let argv = argv.iter().map(|word| (*word).to_owned()).collect();
        self.launch(&function("count", manifest::Program::Exec(argv)))
    }

    fn file(&self, name: &str, file: &str) -> Result<Launch, LaunchError> {
        self.launch(&function(name, manifest::Program::File(file.to_owned())))
    }
}

fn write(directory: &Path, name: &str, mode: u32) {
    let path = directory.join(name);
    fs::write(&path, "").unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn function(name: &str, program: manifest::Program) -> Function {
    Function {
        name: name.to_owned(),
        depends: Vec::new(),
        program,
        timeout: None,
        retries: 0,
        idempotent: true,
        env: vec![("LANG".to_owned(), "C.UTF-8".to_owned())],
        memory_bytes_max: None,
        nice: 0,
        slots_weight: 1,
        params: false,
    }
}

fn named(program: impl Into<OsString>) -> Program {
    Program::Named(program.into())
}

#[test]
fn the_word_raptor_means_this_program() {
    let launch = Place::new().exec(&["raptor", "fn", "noop"]).unwrap();
    assert_eq!(launch.program, Program::Own);
    assert_eq!(launch.argv, ["raptor", "fn", "noop"]);
    assert_eq!(launch.input, Input::Parameters);
}

#[test]
fn a_name_means_the_file_of_the_action_before_the_search_path() {
    let place = Place::new();
    let launch = place.exec(&["tool", "-v"]).unwrap();
    assert_eq!(launch.program, named(place.action.path().join("tool")));
    assert_eq!(launch.argv, ["tool", "-v"]);
    fs::remove_file(place.action.path().join("tool")).unwrap();
    let launch = place.exec(&["tool"]).unwrap();
    assert_eq!(launch.program, named("tool"));
}

#[test]
fn a_path_is_seen_from_the_action_and_never_searched_for() {
    let place = Place::new();
    let launch = place.exec(&["./tool"]).unwrap();
    assert_eq!(launch.program, named(place.action.path().join("./tool")));
    let refusal = place.exec(&["./python3"]);
    assert!(matches!(refusal, Err(LaunchError::NotExecutable { .. })));
}

#[test]
fn a_path_that_leaves_the_action_is_refused() {
    let place = Place::new();
    for path in ["../tool", "bin/../../tool", "/bin/sh"] {
        let refusal = place.exec(&[path]);
        assert!(
            matches!(refusal, Err(LaunchError::Outside { .. })),
            "{path}"
        );
    }
    for file in ["../wc.py", "/etc/wc.py"] {
        let refusal = place.file("count", file);
        assert!(
            matches!(refusal, Err(LaunchError::Outside { .. })),
            "{file}"
        );
    }
}

#[test]
fn a_program_that_is_nowhere_is_named_with_the_places_that_were_searched() {
    let place = Place::new();
    let refusal = place.exec(&["no-such-program"]).unwrap_err().to_string();
    assert!(
        refusal.contains("no-such-program") && refusal.contains("/nowhere"),
        "{refusal}"
    );
    let refusal = place.exec(&["notes"]).unwrap_err().to_string();
    assert!(
        refusal.ends_with("is no executable file (chmod +x?)"),
        "{refusal}"
    );
    let refusal = place.exec(&[]);
    assert!(matches!(refusal, Err(LaunchError::ExecEmpty { .. })));
}

#[test]
fn a_python_file_is_run_by_the_launcher_with_the_key_as_its_entry_point() {
    let place = Place::new();
    let launch = place.file("count0", "wc.py").unwrap();
    assert_eq!(launch.program, named("python3"));
    assert_eq!(launch.input, Input::ActionLoop);
    let file = place.action.path().join("wc.py");
    assert_eq!(launch.argv[4..], [file.into_os_string(), "count0".into()]);
}

#[test]
fn a_javascript_file_is_run_by_the_launcher_with_the_key_as_its_entry_point() {
    let place = Place::new();
    let launch = place.file("count0", "wc.mjs").unwrap();
    assert_eq!(launch.program, named("node"));
    assert_eq!(launch.input, Input::ActionLoop);
    let file = place.action.path().join("wc.mjs");
    assert_eq!(launch.argv[4..], [file.into_os_string(), "count0".into()]);
}

#[test]
fn a_file_that_is_missing_or_of_another_language_is_refused() {
    let place = Place::new();
    assert_eq!(
        place.file("count", "wc.lua").unwrap_err().to_string(),
        "launch \"count\": nothing here runs \"wc.lua\"; a `file` ends in .py, .js, .cjs, .mjs, and \
         any other program is an `exec`"
    );
    assert_eq!(
        place.file("count", "cw.py").unwrap_err().to_string(),
        "launch \"count\": the action contains no file \"cw.py\""
    );
}

#[test]
fn the_entry_point_must_be_an_identifier() {
    let place = Place::new();
    for name in ["count-0", "0count", "a.b", ""] {
        let refusal = place.file(name, "wc.py");
        assert!(
            matches!(refusal, Err(LaunchError::NameNotIdentifier { .. })),
            "{name}"
        );
    }
    for name in ["count0", "_", "z\u{e4}hle"] {
        assert!(place.file(name, "wc.py").is_ok(), "{name}");
    }
    for name in ["count-0", "0count", "a..b", "a.", ""] {
        let refusal = place.file(name, "wc.mjs");
        assert!(
            matches!(refusal, Err(LaunchError::NameNotIdentifier { .. })),
            "{name}"
        );
    }
    for name in ["$count0", "_", "a.b.c"] {
        assert!(place.file(name, "wc.mjs").is_ok(), "{name}");
    }
}

#[test]
fn the_environment_is_the_search_path_and_what_the_function_asks_for() {
    let place = Place::new();
    let launch = place.exec(&["raptor"]).unwrap();
    let search_path = env::join_paths([Path::new("/nowhere"), place.search.path()]).unwrap();
    assert_eq!(
        launch.env,
        [
            ("PATH".into(), search_path),
            ("LANG".into(), "C.UTF-8".into())
        ]
    );
}
