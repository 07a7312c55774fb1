//! Actions.

use std::path::{Path, PathBuf};

use raptor_cluster::Bundle;
use serde_json::{Value, json};

use super::Stage;

/// Gives `{}` at once.
pub(crate) const NOOP: &str = "raptor fn noop";

/// An action without files.
pub(crate) fn action(manifest: &Value) -> Bundle {
    let bundle = Bundle::from_manifest(&manifest.to_string());
    bundle.unwrap_or_else(|problems| panic!("{manifest}: {problems}"))
}

/// A function without dependencies: these words, of which none holds a blank.
pub(crate) fn exec(words: &str) -> Value {
    let words: Vec<&str> = words.split(' ').collect();
    json!({ "depends": [], "exec": words })
}

/// A function without dependencies: a shell that runs `script`, with `args` as $1 and so on.
pub(crate) fn shell(script: &str, args: &[&Path]) -> Value {
    let mut words = vec!["sh", "-c", script, "sh"];
    words.extend(args.iter().map(|path| path.to_str().expect("it is UTF-8")));
    json!({ "depends": [], "exec": words })
}

/// A function that ends, with `{}`, as soon as it runs on so many nodes: a flight of it does not land
/// before so many members have joined. `name` is for one flight.
pub(crate) fn gather(stage: &Stage, name: &str, nodes: usize) -> Value {
    let script = "echo $RAPTOR_NODE >>$1; until [ $(wc -l <$1) -ge $2 ]; do sleep 0.01; done; \
                  echo '{}' >&3";
    let nodes = nodes.to_string();
    shell(script, &[&stage.join(name), nodes.as_ref()])
}

/// An example that comes with Raptor.
pub(crate) fn directory(example: &str) -> PathBuf {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    examples.join(example)
}
