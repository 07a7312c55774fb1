//! The examples that come with Raptor are valid actions, and this machine can run them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use raptor_cluster::Bundle;
use raptor_cluster::launcher::{Input, Launchers};
use raptor_cluster::testing::gate;
use raptor_core::manifest::Manifest;
use serde_json::Value;

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

/// Whether all of its functions are those of the examples, which every node has.
fn is_native(manifest: &Manifest) -> bool {
    let launchers = Launchers::of_this_process("python3", "node");
    manifest.functions().iter().all(|function| {
        let launch = launchers.launch(function, None).unwrap();
        launch.program == raptor_sys::Program::Own && launch.input == Input::Parameters
    })
}

/// What a function depends on.
fn depends<'a>(manifest: &'a Manifest, function: &str) -> Vec<&'a str> {
    let functions = manifest.functions();
    let found = functions.iter().find(|it| it.name == function);
    let depends = found.expect("it has this function").depends.iter();
    depends
        .map(|index| manifest.function(*index).name.as_str())
        .collect()
}

/// What `raptor run` of an action gives: it flies, on nodes that have of it what its bundle holds.
fn flown(directory: &Path, words: &[&str]) -> Value {
    let stage = tempfile::tempdir().unwrap();
    // As root, nodes run functions as nobody.
    fs::set_permissions(stage.path(), Permissions::from_mode(0o755)).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_raptor"));
    program.arg("run").args(words).arg(directory);
    program.env("TMPDIR", stage.path()).env_remove("RUST_LOG");
    let output = program.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn rsa_keygen_has_three_independent_keys_and_is_native() {
    let manifest = manifest("rsa-keygen");
    assert_eq!(sinks(&manifest), ["key0", "key1", "key2"]);
    assert_eq!(manifest.len(), 3);
    assert!(is_native(&manifest));
}

#[test]
fn rsa_keygen_makes_keys_of_as_many_bits_as_are_asked_for() {
    let keys = flown(&directory("rsa-keygen"), &["--param", "bits=1024"]);
    let names: Vec<_> = keys.as_object().unwrap().keys().collect();
    assert_eq!(names, ["key0", "key1", "key2"]);
    for key in keys.as_object().unwrap().values() {
        assert_eq!(key["bits"], 1024);
    }
}

#[test]
fn synthetic_has_three_independent_functions_that_differ_only_by_their_names() {
    let manifest = manifest("synthetic");
    assert_eq!(sinks(&manifest), ["sleep0", "sleep1", "sleep2"]);
    assert_eq!((manifest.len(), manifest.flight_size()), (3, 3));
    assert!(is_native(&manifest));
    let programs = manifest.functions().iter().map(|it| &it.program);
    let programs: Vec<_> = programs.collect();
    assert!(programs.iter().all(|program| *program == programs[0]));
}

#[test]
fn synthetic_draws_from_what_its_parameters_say() {
    let service = "service=const mean=1ms";
    let given = flown(&directory("synthetic"), &["--param", service]);
    for name in ["sleep0", "sleep1", "sleep2"] {
        assert_eq!(given[name]["service"], "const mean=1ms");
        assert_eq!(given[name]["drawn_us"], 1_000);
    }
}

#[test]
fn a_file_of_samples_travels_with_its_action() {
    let action = tempfile::tempdir().unwrap();
    let example = directory("synthetic").join("action-manifest.json");
    fs::copy(example, action.path().join("action-manifest.json")).unwrap();
    fs::create_dir(action.path().join("measured")).unwrap();
    fs::write(action.path().join("measured/samples.txt"), "0.002\n").unwrap();
    let service = "service=empirical file=measured/samples.txt";
    let given = flown(action.path(), &["--param", service]);
    assert_eq!(given["sleep0"]["drawn_us"], 2_000);
}

#[test]
fn wordcount_splits_counts_three_parts_and_reduces() {
    let manifest = manifest("wordcount");
    assert_eq!(sinks(&manifest), ["reduce"]);
    assert_eq!((manifest.len(), manifest.flight_size()), (5, 3));
    let counts = ["count0", "count1", "count2"];
    assert_eq!(depends(&manifest, "reduce"), counts);
    assert!(counts.map(|count| depends(&manifest, count) == ["split"]) == [true; 3]);
    assert!(is_native(&manifest));
}

#[test]
fn wordcount_brings_its_text_along() {
    let reduce = &flown(&directory("wordcount"), &[])["reduce"];
    assert_eq!(reduce["verses"], 31_102);
    assert_eq!(reduce["top"][0][0], "the");
}

#[test]
fn thumbnail_decodes_resizes_to_three_sizes_and_makes_a_sheet() {
    let manifest = manifest("thumbnail");
    assert_eq!(sinks(&manifest), ["sheet"]);
    assert_eq!((manifest.len(), manifest.flight_size()), (5, 3));
    let sizes = ["large", "medium", "small"];
    assert_eq!(depends(&manifest, "sheet"), sizes);
    assert!(sizes.map(|size| depends(&manifest, size) == ["decode"]) == [true; 3]);
    assert!(is_native(&manifest));
}

#[test]
fn thumbnail_brings_its_photographs_along() {
    let sheet = &flown(&directory("thumbnail"), &["--param", "photo=rocket.jpg"])["sheet"];
    let width = |at: usize| &sheet["sizes"][at]["width"];
    assert_eq!([width(0), width(1), width(2)], [640, 320, 160]);
}

#[test]
fn inputs_of_load_tests_are_those_of_the_examples() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("loadtest/data");
    let table = fs::read_to_string(data.join("README.md")).unwrap();
    for (example, files) in [
        ("wordcount", &["kjv.txt.gz"][..]),
        (
            "thumbnail",
            &["astronaut.png", "hubble_deep_field.jpg", "rocket.jpg"],
        ),
    ] {
        for file in files {
            let there = fs::canonicalize(data.join(file)).unwrap();
            let here = fs::canonicalize(directory(example).join(file)).unwrap();
            assert_eq!(there, here);
            assert!(
                table.contains(&format!("| `{file}` |")),
                "{file} has a licence"
            );
        }
        let (bundle, _) = Bundle::from_directory(&directory(example)).unwrap();
        assert!(
            bundle.size_bytes() < 2 << 20,
            "{example}: it is sent to nodes"
        );
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
