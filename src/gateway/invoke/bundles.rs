//! From the code that a client has sent to what nodes fly.

use std::collections::VecDeque;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use raptor_cluster::Bundle;
use raptor_cluster::bundle::{BundleError, MANIFEST_FILE};
use raptor_core::Digest;
use serde_json::json;

use crate::archive::{self, ArchiveError, Format};
use crate::gateway::entity::{Action, Code, Exec};
use crate::gateway::runtimes::{Language, Runtimes};
use crate::gateway::store::Store;

/// How many actions are kept ready to fly.
const READY_COUNT_MAX: usize = 64;

/// How many bytes they may take, in memory: a few of the longest.
const READY_BYTES_MAX: usize = 256 << 20;

/// The function's name where an action says none.
const MAIN: &str = "main";

/// Runs a native program as openwhisk/dockerskeleton does: the parameters are its argument, if the
/// system takes one that long, and a line of its input; its last line of output is the result.
const SKELETON: &str = r#"read -r line
if [ ${#line} -le 131071 ]; then output=$(printf '%s\n' "$line" | ./exec "$line") || exit
else output=$(printf '%s\n' "$line" | ./exec) || exit
fi
printf '%s\n' "$output" | sed '$d'
printf '%s\n' "$output" | tail -n 1 >&3"#;

/// What nodes fly of one action.
#[derive(Clone)]
pub(super) struct Craft {
    pub(super) bundle: Bundle,
    /// The names of its functions, in the order of its manifest.
    pub(super) functions: Arc<[String]>,
}

/// What nodes fly of the actions that were invoked last.
pub(crate) struct Bundles {
    /// Where code is unpacked for a moment.
    directory: PathBuf,
    built: AtomicU64,
    ready: tokio::sync::Mutex<VecDeque<(Key, Craft)>>,
}

/// What makes a difference between two actions.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    digest: Digest,
    form: Form,
    main: String,
}

/// How code is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Source(Language),
    Native,
}

/// Why an action cannot be flown. Each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    /// The code is on no node that is up.
    #[error("find the action's code on a node that is up")]
    CodeLost,
    /// It has none.
    #[error("run an action that has no code: its image is not run as a container here")]
    NoCode,
    /// Its kind was there when it was made.
    #[error("run the action: its kind is not installed on this node")]
    NoRuntime,
    #[error("decode the action's code: {0}")]
    NotBase64(#[from] base64::DecodeError),
    #[error("unpack the action's code: {0}")]
    Archive(#[from] ArchiveError),
    /// It has no file to begin with.
    #[error("find {file} in the action's archive")]
    NoEntry { file: String },
    #[error("read the action: {0}")]
    Action(String),
    #[error("unpack the action's code: {0}")]
    Disk(#[from] std::io::Error),
}

impl Bundles {
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            built: AtomicU64::new(0),
            ready: tokio::sync::Mutex::default(),
        }
    }

    /// What nodes fly of an action, and whether it was made just now: after that it is found again
    /// for a while.
    pub(super) async fn of(
        &self,
        action: &Action,
        runtimes: &Runtimes,
        store: &Store,
    ) -> Result<(Craft, bool), BuildError> {
        let (code, form, main) = match &action.exec {
            Exec::Code { kind, code, main } => {
                let language = runtimes.language(kind).ok_or(BuildError::NoRuntime)?;
                (*code, Form::Source(language), main)
            }
            Exec::Blackbox { code, main, .. } => {
                (code.ok_or(BuildError::NoCode)?, Form::Native, main)
            }
            Exec::Sequence { .. } => unreachable!("a sequence is not flown"),
        };
        let key = Key {
            digest: code.digest,
            form,
            main: main.clone().unwrap_or_else(|| MAIN.to_owned()),
        };
        let mut ready = self.ready.lock().await;
        if let Some(at) = ready.iter().position(|(known, _)| *known == key) {
            let found = ready.remove(at).expect("it was found there");
            ready.push_back(found.clone());
            return Ok((found.1, false));
        }
        let text = store.text(&code).await.ok_or(BuildError::CodeLost)?;
        let number = self.built.fetch_add(1, Ordering::Relaxed);
        let directory = self.directory.join(format!("build-{number}"));
        let wanted = key.clone();
        let build = move || Draft(directory).build(&text, &code, &wanted);
        let built = tokio::task::spawn_blocking(build).await;
        let craft = built.expect("building does not panic")?;
        ready.push_back((key, craft.clone()));
        let bytes = |ready: &VecDeque<(Key, Craft)>| -> usize {
            let crafts = ready.iter();
            crafts.map(|(_, craft)| craft.bundle.size_bytes()).sum()
        };
        while ready.len() > READY_COUNT_MAX || bytes(&ready) > READY_BYTES_MAX {
            ready.pop_front();
        }
        Ok((craft, true))
    }
}

/// A directory that goes when it is dropped.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // What cannot go now goes with the node's directory.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Draft {
    fn build(&self, text: &str, code: &Code, key: &Key) -> Result<Craft, BuildError> {
        let directory = &self.0;
        let bytes = match code.binary {
            true => STANDARD.decode(text.trim())?,
            false => text.as_bytes().to_vec(),
        };
        if code.binary && Format::of(&bytes).is_some() {
            archive::unpack(&bytes, directory)?;
        } else {
            fs::create_dir(directory)?;
            let file = directory.join(key.form.file());
            fs::write(&file, bytes)?;
            fs::set_permissions(file, fs::Permissions::from_mode(0o755))?;
        }
        // Where it is unpacked is nobody's business.
        let place = directory.display().to_string();
        let told = |error: BundleError| {
            BuildError::Action(error.to_string().replace(&place, "the archive"))
        };
        if directory.join(MANIFEST_FILE).is_file() {
            let (bundle, manifest) = Bundle::from_directory(directory).map_err(told)?;
            let functions = manifest.functions().iter();
            let functions = functions.map(|function| function.name.clone()).collect();
            return Ok(Craft { bundle, functions });
        }
        let file = match key.form {
            Form::Source(Language::Node) => entry(directory),
            Form::Source(Language::Python) | Form::Native => key.form.file().to_owned(),
        };
        if !directory.join(&file).is_file() {
            return Err(BuildError::NoEntry { file });
        }
        let function = match key.form {
            Form::Source(_) => json!({ "depends": [], "file": file }),
            Form::Native => json!({ "depends": [], "exec": ["sh", "-c", SKELETON] }),
        };
        let bundle = Bundle::single(directory, &key.main, &function.to_string());
        Ok(Craft {
            bundle: bundle.map_err(told)?,
            functions: [key.main.clone()].into(),
        })
    }
}

impl Form {
    /// The name of code that is one file.
    const fn file(self) -> &'static str {
        match self {
            Self::Source(Language::Python) => "__main__.py",
            Self::Source(Language::Node) => "index.js",
            Self::Native => "exec",
        }
    }
}

/// The file that a Node.js package begins with.
fn entry(directory: &Path) -> String {
    let package = fs::read(directory.join("package.json")).unwrap_or_default();
    let package: serde_json::Value = serde_json::from_slice(&package).unwrap_or_default();
    let main = package.get("main").and_then(|main| main.as_str());
    let main = main.map_or("index.js", |main| main.trim_start_matches("./"));
    let candidates = [
        main.to_owned(),
        format!("{main}.js"),
        format!("{main}/index.js"),
    ];
    let is_file = |name: &&String| directory.join(name).is_file();
    candidates
        .iter()
        .find(is_file)
        .unwrap_or(&candidates[0])
        .clone()
}
