//! What clients ask for.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use raptor_core::FlightId;
use raptor_core::flight::Policy;

use crate::bundle::Bundle;
use crate::envelope::{BundleRef, Invoke};
use crate::surroundings::{Names, Surroundings};

/// How long an activation may take whose client does not say: as OpenWhisk has it.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(60);

/// One request to run an action.
#[derive(Clone)]
pub struct Invocation {
    /// The action's manifest and files.
    pub bundle: Bundle,
    /// The action's parameters: the text of a JSON object.
    pub params: Bytes,
    /// Describes the activation to its functions: each key becomes a variable `__OW_<KEY>`, over
    /// the node's own `activation_id` (the flight's), `action_name` (the function's) and
    /// `deadline`. What cannot be a variable is left out, and so are keys that begin with
    /// `raptor_`.
    pub context: Vec<(String, String)>,
    /// Further variables of every function's environment. Those of the manifest, of the context
    /// and of Raptor itself, and `PATH`, are stronger.
    pub env: Vec<(String, String)>,
    /// The flight's size, where it shall differ from the manifest's.
    pub size: Option<u16>,
    /// Who runs what.
    pub policy: Policy,
    /// How long the activation may take.
    pub timeout: Duration,
    /// Whether to be told of what happens on the way.
    pub watch: bool,
}

impl Invocation {
    /// The defaults: no parameters, the manifest's size, speculation, a minute, unwatched.
    ///
    /// ```
    /// # use raptor_cluster::{Bundle, Invocation};
    /// # let bundle = Bundle::from_manifest(r#"{ "f": { "depends": [], "exec": ["true"] } }"#)?;
    /// let invocation = Invocation {
    ///     params: r#"{ "name": "Raptor" }"#.into(),
    ///     ..Invocation::new(bundle)
    /// };
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(bundle: Bundle) -> Self {
        Self {
            bundle,
            params: Bytes::from_static(b"{}"),
            context: Vec::new(),
            env: Vec::new(),
            size: None,
            policy: Policy::default(),
            timeout: TIMEOUT_DEFAULT,
            watch: false,
        }
    }

    /// The request for it; with its code if that is small, or is not to travel.
    pub(crate) fn request(&self, flight: FlightId, with_code: bool) -> Invoke {
        let Self {
            bundle,
            params,
            context,
            env,
            size,
            policy,
            timeout,
            watch,
        } = self;
        let all = || bundle.bytes().filter(|_| with_code).cloned();
        let inline = bundle.inline().or_else(all);
        Invoke {
            flight,
            bundle: BundleRef {
                digest: bundle.digest(),
                inline,
            },
            params: params.clone(),
            surroundings: Surroundings {
                context: context.clone(),
                env: env.clone(),
            },
            size: *size,
            policy: *policy,
            timeout: *timeout,
            watch: *watch,
        }
    }
}

/// Without what context and environment hold: that may be secret.
impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            bundle,
            params,
            context,
            env,
            size,
            policy,
            timeout,
            watch,
        } = self;
        f.debug_struct("Invocation")
            .field("bundle", bundle)
            .field("params", params)
            .field("context", &Names(context))
            .field("env", &Names(env))
            .field("size", size)
            .field("policy", policy)
            .field("timeout", timeout)
            .field("watch", watch)
            .finish()
    }
}

#[cfg(test)]
#[path = "invocation_tests.rs"]
mod tests;
