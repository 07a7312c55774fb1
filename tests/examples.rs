//! The examples that come with Raptor are valid actions, and this machine can run them.

use std::fs;
use std::path::{Path, PathBuf};

use raptor_cluster::launcher::{Input, Launchers};
use raptor_cluster::testing::gate;
use raptor_core::manifest::Manifest;

fn directory(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name)
}

fn manifest(name: &str) -> Manifest {
    let directory = directory(name);
    let text = fs::read_to_string(directory.join("action-manifest.json")).unwrap();
    let manifest = Manifest::parse(&text).unwrap_or_else(|problems| panic!("{name}: {problems}"));
    manifest
        .check_files(|file| directory.join(file).is_file())
        .unwrap_or_else(|problems| panic!("{name}: {problems}"));
    manifest
}

/// The names of the sinks, in their order: what the activation's result holds.
fn sinks(manifest: &Manifest) -> Vec<&str> {
    let name = |sink: &_| manifest.function(*sink).name.as_str();
    manifest.sinks().iter().map(name).collect()
}

#[test]
fn rsa_keygen_has_three_independent_keys_and_is_native() {
    let manifest = manifest("rsa-keygen");
    assert_eq!(sinks(&manifest), ["key0", "key1", "key2"]);
    let launchers = Launchers::of_this_process("python3", "node");
    for function in manifest.functions() {
        let launch = launchers
            .launch(function, Some(&directory("rsa-keygen")))
            .unwrap();
        assert_eq!(launch.program, raptor_sys::Program::Own);
        assert_eq!(launch.input, Input::Parameters);
    }
}

#[test]
fn hello_is_a_sequence_of_two() {
    let manifest = manifest("hello");
    assert_eq!(manifest.len(), 2);
    assert_eq!(sinks(&manifest), ["greet"]);
}

#[test]
fn diamond_has_one_sink_and_is_run_by_the_python_launcher() {
    let manifest = manifest("diamond");
    assert_eq!(manifest.len(), 4);
    assert_eq!(sinks(&manifest), ["summary"]);
    let launchers = Launchers::of_this_process("python3", "node");
    let launches = manifest
        .functions()
        .iter()
        .map(|function| launchers.launch(function, Some(&directory("diamond"))))
        .collect::<Result<Vec<_>, _>>();
    let Some(launches) = gate("python", launches) else {
        return;
    };
    assert!(
        launches
            .iter()
            .all(|launch| launch.input == Input::ActionLoop)
    );
}
