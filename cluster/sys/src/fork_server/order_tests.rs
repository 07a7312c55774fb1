use std::io::pipe;

use super::*;

fn launch(program: Program, env: &[(&str, &str)]) -> Launch {
    let (reader, writer) = pipe().expect("a pipe");
    let fd = || OwnedFd::from(reader.try_clone().expect("a descriptor"));
    Launch {
        program,
        argv0: "name".into(),
        args: vec!["one".into()],
        env: env
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
        dir: "/".into(),
        marker: "m".into(),
        nice: 0,
        memory_bytes_max: None,
        credentials: None,
        stdin: fd(),
        stdout: fd(),
        stderr: fd(),
        result: writer.into(),
    }
}

fn named(name: &str) -> Program {
    Program::Named(name.into())
}

fn paths(program: Program, env: &[(&str, &str)]) -> Vec<String> {
    match parse(launch(program, env)).expect("parses").0.target {
        Target::Own => Vec::new(),
        Target::Paths(paths) => {
            let text = |path: CString| path.into_string().expect("is text");
            paths.into_iter().map(text).collect()
        }
    }
}

#[test]
fn a_name_is_looked_up_in_the_path_of_its_own_environment() {
    assert_eq!(
        paths(named("x"), &[("PATH", "/a::b")]),
        ["/a/x", "./x", "b/x"]
    );
    assert_eq!(paths(named("x"), &[]), ["/bin/x", "/usr/bin/x"]);
    assert_eq!(paths(named("d/x"), &[("PATH", "/a")]), ["d/x"]);
    assert!(paths(Program::Own, &[]).is_empty());
}

#[test]
fn a_given_marker_is_replaced() {
    let (order, _) = parse(launch(
        Program::Own,
        &[("A", "1"), (MARKER_NAME, "x"), ("B", "")],
    ))
    .expect("parses");
    let env: Vec<_> = order
        .env
        .iter()
        .map(|text| text.to_str().expect("is text"))
        .collect();
    assert_eq!(env, ["A=1", "B=", "RAPTOR_ATTEMPT=m"]);
}

#[test]
fn what_the_kernel_cannot_take_is_refused_with_the_name_of_the_program() {
    let error = parse(launch(named("a\0b"), &[])).expect_err("is refused");
    assert!(matches!(error, SpawnError::Nul { .. }));
    let error = parse(launch(named("wc"), &[("A=B", "1")])).expect_err("is refused");
    assert_eq!(
        error.to_string(),
        r#"start "wc": "A=B" cannot be the name of a variable"#
    );
}
