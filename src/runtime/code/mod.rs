//! From an action's code to what can be started.
//!
//! | file | holds |
//! | --- | --- |
//! | `content` | what the text of an initialization means |
//! | `layout` | which files it becomes, and which of them is started how |
//! | `package` | where the main file of a Node.js package is |
//! | `compiler` | the compilers of stock ActionLoop images |

mod compiler;
mod content;
mod error;
mod layout;
mod package;
mod recipe;

pub(crate) use content::content;
pub(crate) use error::CodeError;
pub(crate) use recipe::{Launcher, Recipe};

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use raptor_cluster::MANIFEST_FILE;
use raptor_sys::ForkServer;

use super::Settings;
use layout::Layout;

/// What an action is.
#[derive(Debug)]
pub(crate) enum Code {
    /// One function, run by processes that are all alike.
    Single(Recipe),
    /// Several, of which the manifest in this directory tells.
    Workflow { directory: PathBuf },
}

/// An action's code as it arrives.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) content: Vec<u8>,
    /// The entry point.
    pub(crate) main: String,
    /// What the initialization adds to the environment.
    pub(crate) env: Vec<(OsString, OsString)>,
}

/// Writes the code into `directory`, which must be there, and says how to run it.
///
/// # Errors
///
/// Nothing can be run.
pub(crate) async fn prepare(
    source: Source,
    directory: PathBuf,
    settings: &Arc<Settings>,
    fork_server: &ForkServer,
) -> Result<Code, CodeError> {
    let layout = Layout {
        settings: Arc::clone(settings),
        source: directory.join("src"),
        main: source.main,
    };
    let content = source.content;
    let unpacked = tokio::task::spawn_blocking(move || layout.unpack(&content).map(|()| layout));
    let layout = unpacked.await.map_err(|error| CodeError::Interrupted {
        reason: error.to_string(),
    })??;
    if layout.source.join(MANIFEST_FILE).is_file() {
        return Ok(Code::Workflow {
            directory: layout.source,
        });
    }
    if layout.is_to_be_compiled() {
        let compiled = directory.join("bin");
        compiler::compile(&layout, &compiled, &source.env, fork_server).await?;
        return layout.bare(&compiled).map(Code::Single);
    }
    layout.recipe().map(Code::Single)
}

/// How to run the code that lies in `directory`, which stays as it is.
///
/// # Errors
///
/// Nothing there can be run.
pub(crate) fn in_place(
    directory: PathBuf,
    main: String,
    settings: &Arc<Settings>,
) -> Result<Code, CodeError> {
    if directory.join(MANIFEST_FILE).is_file() {
        return Ok(Code::Workflow { directory });
    }
    let layout = Layout {
        settings: Arc::clone(settings),
        source: directory,
        main,
    };
    layout.recipe().map(Code::Single)
}
