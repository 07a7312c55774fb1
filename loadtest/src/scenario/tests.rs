use std::fs;

use raptor_core::flight;

use super::*;

const HEAD: &str = r#"title = "a test"
policies = ["fork-join:3", "flight:3"]
"#;
const WORKFLOW: &str = "[workflow]\nshape = \"sequence:2\"\n";
const TARGET: &str = "[target]\nurl = \"embedded:3\"\n";
const LOAD: &str = "[load]\nclients = 4\n";

/// The scenario of that text, in a directory with nothing else.
fn read(text: &str) -> Result<Scenario, String> {
    read_with(text, &Changes::default())
}

fn read_with(text: &str, changes: &Changes) -> Result<Scenario, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.toml");
    fs::write(&path, text).unwrap();
    let read = Scenario::read(&path, changes);
    read.map_err(|error| error.to_string())
}

#[test]
fn a_short_scenario_gets_the_defaults() {
    let scenario = read(&[HEAD, WORKFLOW, TARGET, LOAD].concat()).unwrap();
    assert_eq!(scenario.title, "a test");
    assert_eq!((scenario.requests, scenario.warm_up), (1_000, 50));
    assert_eq!(scenario.policies.len(), 2);
    assert_eq!(scenario.policies[1].kind, flight::Policy::Flight);
    assert_eq!(scenario.workflow.size_max, 3);
    let manifest = &scenario.workflow.action.manifest;
    assert_eq!(manifest.len(), 2);
    assert_eq!(manifest.sinks().len(), 1, "each needs the one before");
    let Load::Closed { clients, think } = scenario.load else {
        panic!("the loop is closed");
    };
    assert_eq!((clients, think), (4, Think::default()));
}

#[test]
fn a_synthetic_workflow_is_told_what_was_declared() {
    let workflow = "[workflow]\nshape = \"independent:2\"\nservice = \"exp mean=20ms\"\n\
        fault = 0.25\n";
    let scenario = read(&[HEAD, workflow, TARGET, LOAD].concat()).unwrap();
    let text = &scenario.workflow.manifest_text;
    assert!(
        text.contains(r#""--service","exp mean=20ms","--fault","0.25""#),
        "{text}"
    );
    let sleep = workflow.replace("fault = 0.25\n", "") + "exec = [\"raptor\", \"fn\", \"noop\"]\n";
    let scenario = read(&[HEAD, &sleep, TARGET, LOAD].concat()).unwrap();
    assert!(!scenario.workflow.manifest_text.contains("--service"));
    assert!(scenario.workflow.service.is_some(), "predictions know it");
}

#[test]
fn what_was_measured_is_found_beside_the_scenario_and_by_attempts() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("times.txt"), "0.25\n0.75\n").unwrap();
    let path = directory.path().join("test.toml");
    let workflow =
        "[workflow]\nshape = \"independent:2\"\nservice = \"empirical file=times.txt\"\n";
    let load = "[load]\nclients = 4\nthink = \"empirical file=times.txt\"\n";
    fs::write(&path, [HEAD, workflow, TARGET, load].concat()).unwrap();
    let scenario = Scenario::read(&path, &Changes::default()).unwrap();
    let half = Duration::from_millis(500);
    let service = scenario.workflow.service.unwrap();
    assert_eq!(service.mean(), half);
    let file = directory.path().join("times.txt");
    let told = format!("empirical file={}", file.display());
    assert!(scenario.workflow.manifest_text.contains(&told), "{told}");
    let Load::Closed {
        think: Think::Random(think),
        ..
    } = &scenario.load
    else {
        panic!("clients think: {:?}", scenario.load);
    };
    assert_eq!(think.mean(), half);
    let elsewhere = Changes {
        target: Some("raptor://127.0.0.1:9899".parse().unwrap()),
        ..Changes::default()
    };
    let refused = Scenario::read(&path, &elsewhere).unwrap_err().to_string();
    assert!(refused.contains("use workflow.service "), "{refused}");
    fs::remove_file(&file).unwrap();
    let refused = Scenario::read(&path, &Changes::default())
        .unwrap_err()
        .to_string();
    assert!(refused.contains("use workflow.service "), "{refused}");
    assert!(refused.contains("times.txt"), "{refused}");
}

#[test]
fn an_action_is_found_beside_the_scenario() {
    let directory = tempfile::tempdir().unwrap();
    let action = directory.path().join("action");
    fs::create_dir(&action).unwrap();
    let manifest = r#"{ "f": { "depends": [], "exec": ["true"] } }"#;
    fs::write(action.join(raptor_cluster::MANIFEST_FILE), manifest).unwrap();
    let path = directory.path().join("test.toml");
    let workflow = "[workflow]\naction = \"action\"\nparams = { bits = 512, why = \"so\" }\n";
    fs::write(&path, [HEAD, workflow, TARGET, LOAD].concat()).unwrap();
    let scenario = Scenario::read(&path, &Changes::default()).unwrap();
    assert_eq!(scenario.workflow.manifest_text, manifest);
    assert_eq!(scenario.workflow.directory, Some(action));
    let params = &scenario.workflow.action.params[..];
    assert_eq!(params, br#"{"bits":512,"why":"so"}"#);
}

#[test]
fn the_command_line_is_stronger_than_the_file() {
    let target = "[target]\nurl = \"embedded:3\"\npin = true\n";
    let text = [HEAD, WORKFLOW, target, LOAD].concat();
    let changes = Changes {
        target: Some("raptor://127.0.0.1:9899".parse().unwrap()),
        requests: Some(7),
        seed: Some(8),
    };
    let scenario = read_with(&text, &changes).unwrap();
    assert_eq!((scenario.requests, scenario.seed), (7, 8));
    let Terms::Raptor(_) = scenario.target else {
        panic!("pin is of the other target: {:?}", scenario.target);
    };
}

#[test]
fn mistakes_are_told_with_file_line_and_what_would_be_right() {
    let all = [HEAD, WORKFLOW, TARGET, LOAD].concat();
    let changed = |from: &str, to: &str| {
        assert!(all.contains(from), "{from}");
        all.replace(from, to)
    };
    for (text, says) in [
        (changed("title", "titel"), vec!["line 1", "titel", "title"]),
        (changed("flight:3", "flight:0"), vec!["line 2", "flight:N"]),
        (
            changed("sequence:2", "ring:2"),
            vec!["line 4", "sequence:K"],
        ),
        (changed("embedded:3", "cloud"), vec!["line 6", "embedded:3"]),
        (
            changed("clients = 4", "clients = 0"),
            vec!["line 8", "1 to 10000"],
        ),
        (changed("clients = 4", "clients = \"four\""), vec!["line 8"]),
        (
            changed("clients = 4", "arrivals = \"poisson\""),
            vec!["line 8", "it needs its rate"],
        ),
        (
            changed("clients = 4", "clients = 4\nthink = \"long\""),
            vec!["line 9", "neither a duration"],
        ),
        (
            changed("[target]", "fault = 1.5\n[target]"),
            vec!["line 5", "from 0 to 1"],
        ),
        (
            changed("[target]", "service = \"exp\"\n[target]"),
            vec!["line 5", "it needs its mean"],
        ),
        (
            changed("[target]", "[target]\ndelay = \"far\""),
            vec!["line 6", "no duration"],
        ),
        (
            changed("[workflow]", "timeout = \"0s\"\n[workflow]"),
            vec!["line 3", "from 1ms to 1h"],
        ),
        (
            changed("[workflow]", "timeout = \"1000years\"\n[workflow]"),
            vec!["line 3", "from 1ms to 1h"],
        ),
        (changed("[load]\nclients = 4\n", ""), vec!["load"]),
    ] {
        let refused = read(&text).unwrap_err();
        assert!(refused.starts_with("read the scenario "), "{refused}");
        assert!(refused.contains("test.toml"), "{refused}");
        for word in says {
            assert!(refused.contains(word), "{word}: {refused}");
        }
    }
}

#[test]
fn what_does_not_fit_together_is_told_with_its_key() {
    let all = [HEAD, WORKFLOW, TARGET, LOAD].concat();
    for (from, to, key) in [
        ("\"fork-join:3\", \"flight:3\"", "", "policies"),
        ("fork-join:3", "flight:3", "policies"),
        ("shape = \"sequence:2\"", "", "workflow"),
        ("shape", "action = \"there\"\nshape", "workflow"),
        (
            "shape = \"sequence:2\"",
            "action = \"there\"",
            "workflow.action",
        ),
        (
            "shape = \"sequence:2\"",
            "action = \"there\"\nexec = [\"true\"]",
            "workflow.exec",
        ),
        ("[target]", "exec = []\n[target]", "workflow.exec"),
        (
            "[target]",
            "exec = [\"true\"]\nfault = 0.1\n[target]",
            "workflow.fault",
        ),
        (
            "shape = \"sequence:2\"",
            "action = \"there\"\nfault = 0.1",
            "workflow.fault",
        ),
        ("clients = 4", "", "load"),
        (
            "clients",
            "arrivals = \"poisson rate=1/s\"\nclients",
            "load",
        ),
        (
            "clients = 4",
            "arrivals = \"poisson rate=1/s\"\nthink = \"1s\"",
            "load.think",
        ),
        (
            "clients",
            "in_flight_max = 3\nclients",
            "load.in_flight_max",
        ),
        ("[target]", "[target]\nnode_slots = 0", "target.node_slots"),
        ("[target]", "[target]\ndelay = \"2min\"", "target.delay"),
    ] {
        let refused = read(&all.replace(from, to)).unwrap_err();
        assert!(refused.contains("test.toml"), "{refused}");
        assert!(refused.contains(&format!("use {key} ")), "{key}: {refused}");
    }
}

#[test]
fn single_attempts_are_only_asked_of_who_takes_them() {
    let head = [HEAD, "attempts_alone = 3\n"].concat();
    read(&[&head, WORKFLOW, TARGET, LOAD].concat()).unwrap();
    let target = "[target]\nurl = \"mini-openwhisk:3\"\n";
    let refused = read(&[&head, WORKFLOW, target, LOAD].concat()).unwrap_err();
    assert!(refused.contains("use attempts_alone "), "{refused}");
    assert!(refused.contains("leave it out"), "{refused}");
}

#[test]
fn a_scenario_that_is_not_there_is_named() {
    let refused = Scenario::read(Path::new("nowhere.toml"), &Changes::default()).unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("read the scenario nowhere.toml: "),
        "{refused}"
    );
}

#[test]
fn a_client_thinks_for_a_time_or_a_random_one() {
    let mut dice = rand::SeedableRng::seed_from_u64(1);
    let dice: &mut rand::rngs::StdRng = &mut dice;
    let constant: Think = "30ms".parse().unwrap();
    assert_eq!(constant.draw(dice), Duration::from_millis(30));
    let random: Think = "exp mean=30ms".parse().unwrap();
    assert_ne!(random.draw(dice), random.draw(dice));
}

#[test]
fn every_scenario_of_the_repository_can_be_run() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut count = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let scenario = Scenario::read(&path, &Changes::default());
        let scenario = scenario.unwrap_or_else(|error| panic!("failed to {error}"));
        if let Load::Open { arrivals, .. } = &scenario.load {
            let wanted = (scenario.warm_up + scenario.requests) * scenario.policies.len();
            let offsets = arrivals.offsets(scenario.seed).unwrap();
            assert_eq!(offsets.take(wanted).count(), wanted, "{}", path.display());
        }
        count += 1;
    }
    assert!(count >= 10, "{count}");
}
