//! What functions find around them, beside their parameters.

use std::fmt;

/// All names and texts of an activation's surroundings together: they must fit into a launch, with
/// the launcher's text and what the manifest adds ([`raptor_sys::LAUNCH_BYTES_MAX`] in all).
pub(crate) const SURROUNDINGS_BYTES_MAX: usize = 192 << 10;

/// What functions find around them, beside their parameters.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Surroundings {
    /// What describes the activation: `__OW_<KEY>` to its functions.
    pub(crate) context: Vec<(String, String)>,
    /// Further variables of every function's environment.
    pub(crate) env: Vec<(String, String)>,
}

/// Surroundings that do not fit into a launch, as what an activation is refused for.
#[derive(Debug, thiserror::Error)]
#[error("its context and variables have {bytes} bytes; {SURROUNDINGS_BYTES_MAX} are the most")]
pub(crate) struct Oversized {
    bytes: usize,
}

impl Surroundings {
    /// Whether they fit into a launch.
    pub(crate) fn check(&self) -> Result<(), Oversized> {
        let bytes = self.bytes();
        if bytes > SURROUNDINGS_BYTES_MAX {
            return Err(Oversized { bytes });
        }
        Ok(())
    }

    /// How many bytes its names and texts have.
    pub(crate) fn bytes(&self) -> usize {
        let all = self.context.iter().chain(&self.env);
        all.map(|(name, text)| name.len() + text.len()).sum()
    }
}

/// The texts may be secret (`api_key`).
impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("context", &Names(&self.context))
            .field("env", &Names(&self.env))
            .finish()
    }
}

/// Shows the names of variables, and not what they hold.
pub(crate) struct Names<'a>(pub(crate) &'a [(String, String)]);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}
