//! Actions with files: the followers fetch them by their hash.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use raptor_cluster::Bundle;
use raptor_cluster::testing::gate;
use serde_json::json;

use crate::support::{Stage, Trio, directory};

/// More than travels with a request.
const FILE_BYTES: usize = 100_000;

#[tokio::test]
async fn followers_fetch_the_code_that_is_too_large_to_come_with_the_request() {
    let trio = Trio::start().await;
    // The value must come from a member that had to fetch: the leader has none.
    let count = "#!/bin/sh\n\
                 [ $RAPTOR_MEMBER = 0 ] && exec sleep 600\n\
                 printf '{\"bytes\": %d, \"by\": %d}' $(wc -c <data/zeros) $RAPTOR_MEMBER >&3\n";
    let code = Stage::new();
    code.write("count.sh", count);
    code.open("count.sh", 0o755);
    code.write("data/zeros", vec![0; FILE_BYTES]);
    let manifest = json!({ "count": { "depends": [], "exec": ["./count.sh"] } });
    code.write("action-manifest.json", manifest.to_string());
    let (bundle, _) = Bundle::from_directory(code.path()).expect("it is valid");
    // The second flight finds it on all nodes.
    for _ in 0..2 {
        let result = trio.fly(bundle.clone()).await.result();
        assert_eq!(result["count"]["bytes"], FILE_BYTES);
        assert_ne!(result["count"]["by"], 0);
    }
    trio.end().await;
}

/// The interpreter, if this machine has one.
fn python() -> Result<PathBuf, String> {
    let mut command = Command::new("python3");
    let status = command.arg("--version").stdout(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok("python3".into()),
        Ok(status) => Err(format!("python3 --version ends with {status}")),
        Err(error) => Err(format!("python3 cannot be run: {error}")),
    }
}

#[tokio::test]
async fn a_python_action_lands() {
    let Some(python) = gate("python", python()) else {
        return;
    };
    let trio = Trio::start_with(|config| config.python.clone_from(&python)).await;
    let (bundle, _) = Bundle::from_directory(&directory("diamond")).expect("it is valid");
    let flown = trio
        .fly_with(bundle, |invocation| {
            invocation.params = r#"{"numbers": [2, 4, 6]}"#.into();
        })
        .await;
    let result = flown.result();
    let expected = "between 2 and 6, around 4 (median 4), give or take 1.63";
    assert_eq!(result, json!({ "summary": { "text": expected } }));
    trio.end().await;
}
