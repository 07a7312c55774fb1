use std::sync::Arc;

use bytes::Bytes;
use raptor_core::{AttemptId, FlightId, FunctionIndex, MemberIndex};

use super::*;
use crate::bundle::{Action, Bundle};

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    all.iter().map(own).collect()
}

fn task(surroundings: Surroundings) -> Task {
    let bundle = Bundle::from_manifest(r#"{"f": {"depends": [], "exec": ["true"]}}"#);
    let bundle = bundle.expect("a manifest");
    let action = Action::unpack(bundle, Path::new("/nowhere: it has no files"));
    Task {
        flight: FlightId(7),
        attempt: AttemptId {
            member: MemberIndex(2),
            number: 0,
        },
        action: Arc::new(action.expect("an action")),
        function: FunctionIndex(0),
        input: Bytes::from_static(b"{}"),
        surroundings: Arc::new(surroundings),
        deadline_ms: 9,
        timeout: None,
    }
}

/// What the process of an attempt finds, whose function has these variables of its own.
fn seen(surroundings: Surroundings, own: &[(&str, &str)]) -> (Environment, Environment) {
    let task = task(surroundings);
    let own: Vec<_> = own
        .iter()
        .map(|(name, text)| (name.into(), text.into()))
        .collect();
    let scene = Scene {
        function: "f",
        own: &own,
        surroundings: &task.surroundings,
        node: &"n".parse().expect("a name"),
        directory: Path::new("/tmp/own"),
    };
    let text = |text: OsString| text.into_string().expect("text");
    let environment = scene.environment(Some(&task)).into_iter();
    let environment = environment.map(|(name, value)| (text(name), text(value)));
    (
        environment.collect(),
        fields("f", &task.surroundings, &task).into_iter().collect(),
    )
}

type Environment = BTreeMap<String, String>;

#[test]
fn an_activation_that_says_nothing_is_described_by_its_flight() {
    let (environment, fields) = seen(Surroundings::default(), &[("PATH", "/bin"), ("LANG", "C")]);
    let id = FlightId(7).to_string();
    let expected = pairs(&[
        ("HOME", "/tmp/own"),
        ("LANG", "C"),
        ("PATH", "/bin"),
        ("RAPTOR_FLIGHT", &id),
        ("RAPTOR_MEMBER", "2"),
        ("RAPTOR_NODE", "n"),
        ("RAPTOR_TMPDIR", "/tmp/own"),
        ("TMPDIR", "/tmp/own"),
        ("__OW_ACTION_NAME", "f"),
        ("__OW_ACTIVATION_ID", &id),
        ("__OW_DEADLINE", "9"),
    ]);
    assert_eq!(environment.into_iter().collect::<Vec<_>>(), expected);
    let expected = pairs(&[
        ("action_name", "f"),
        ("activation_id", &id),
        ("deadline", "9"),
        ("raptor_flight", &id),
        ("raptor_member", "2"),
    ]);
    assert_eq!(fields.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn what_an_activation_says_of_itself_is_stronger_and_cannot_speak_for_raptor() {
    let context = pairs(&[
        ("action_name", "/ns/a"),
        ("Activation_Id", "0f"),
        ("api_key", "k"),
        ("raptor_member", "9"),
        ("RAPTOR_ATTEMPT", "x"),
    ]);
    let env = pairs(&[
        ("RAPTOR_NODE", "x"),
        ("PATH", "/x"),
        ("A", "env"),
        ("B", "env"),
        ("__OW_API_KEY", "old"),
    ]);
    let surroundings = Surroundings { context, env };
    let (environment, fields) = seen(surroundings, &[("PATH", "/bin"), ("A", "own")]);
    for (name, text) in [
        ("__OW_ACTION_NAME", "/ns/a"),
        ("__OW_ACTIVATION_ID", "0f"),
        ("__OW_DEADLINE", "9"),
        ("__OW_API_KEY", "k"),
        ("RAPTOR_MEMBER", "2"),
        ("RAPTOR_NODE", "n"),
        ("PATH", "/bin"),
        ("A", "own"),
        ("B", "env"),
    ] {
        assert_eq!(environment[name], text, "{name}");
    }
    assert!(!environment.contains_key("__OW_RAPTOR_MEMBER"));
    assert_eq!(fields["raptor_member"], "2");
    assert_eq!(fields["Activation_Id"], "0f");
    assert!(!fields.contains_key("activation_id") && !fields.contains_key("RAPTOR_ATTEMPT"));
}

#[test]
fn what_cannot_be_a_variable_is_none() {
    let surroundings = Surroundings {
        context: pairs(&[("a=b", "x"), ("c", "x\0y")]),
        env: pairs(&[("", "x"), ("d\0", "x"), ("e=", "x")]),
    };
    let (environment, _) = seen(surroundings, &[]);
    let odd = |name: &&String| name.contains(['=', '\0']) || name.is_empty() || *name == "__OW_C";
    assert_eq!(environment.keys().find(odd), None);
}
