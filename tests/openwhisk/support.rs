//! What these tests share: an OpenWhisk, actions, and what came of their activations.

use std::ffi::OsString;
use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mini_openwhisk::{Action, Config, ContainerView, MiniOpenWhisk, Reply};
use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// How long a test waits for what must come: only a hang takes as long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How often a state is looked at that nobody announces.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// The settings of an OpenWhisk whose containers run Python.
pub(crate) fn config() -> Config {
    let words = [
        env!("CARGO_BIN_EXE_raptor"),
        "runtime",
        "--kind",
        "python:3",
    ];
    Config::new(words.iter().map(OsString::from).collect())
}

/// An OpenWhisk with default settings.
pub(crate) fn openwhisk() -> MiniOpenWhisk {
    started(config())
}

pub(crate) fn started(config: Config) -> MiniOpenWhisk {
    MiniOpenWhisk::start(config).expect("a free port")
}

/// An action whose archive holds these files.
pub(crate) fn action(files: &[(&str, &str)]) -> Action {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let entry = archive.start_file(*name, SimpleFileOptions::default());
        entry.expect("a new entry");
        archive.write_all(content.as_bytes()).expect("memory");
    }
    let bytes = archive.finish().expect("memory").into_inner();
    Action::new(STANDARD.encode(bytes), true)
}

/// A flight of `size` with two functions that depend on nothing, in `flown.py`.
pub(crate) fn pair(size: usize, source: &str) -> Action {
    let manifest = format!(
        r#"{{ "__OW_NUM_CONCURRENCY": {size},
              "a": {{ "depends": [], "file": "flown.py" }},
              "b": {{ "depends": [], "file": "flown.py" }} }}"#
    );
    action(&[("action-manifest.json", &manifest), ("flown.py", source)])
}

/// The result of a blocking invocation that succeeded.
pub(crate) fn success(reply: &Reply) -> &Value {
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    &reply.body["response"]["result"]
}

/// What the leader's log says of its flight.
pub(crate) fn account(reply: &Reply) -> Value {
    let logs = reply.body["logs"].as_array().expect("a record has logs");
    let texts = logs.iter().filter_map(Value::as_str);
    let mut accounts = texts.filter_map(|line| {
        let (_, text) = line.split_once(": ")?;
        let account: Value = serde_json::from_str(text).ok()?;
        account.get("raptor").cloned()
    });
    let found = accounts.next();
    found.unwrap_or_else(|| panic!("the log tells of a flight: {logs:#?}"))
}

/// The results of the activations that followed, once so many have ended.
pub(crate) async fn followers(whisk: &MiniOpenWhisk, name: &str, count: usize) -> Vec<Value> {
    let found = eventually(|| {
        let ended = whisk.activations(name).into_iter();
        let results = ended.filter_map(|record| {
            let result = record.get("response")?.get("result")?;
            result.get("raptor").cloned()
        });
        let results: Vec<_> = results.collect();
        (results.len() >= count).then_some(results)
    });
    found.await
}

/// The containers, once they are as they should be.
pub(crate) async fn containers_when(
    whisk: &MiniOpenWhisk,
    are: impl Fn(&[ContainerView]) -> bool,
) -> Vec<ContainerView> {
    eventually(|| {
        let containers = whisk.containers();
        are(&containers).then_some(containers)
    })
    .await
}

/// Waits for a state.
pub(crate) async fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "it never came");
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}
