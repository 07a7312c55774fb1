//! What clients ask for.

use std::time::Duration;

use bytes::Bytes;
use raptor_core::FlightId;
use raptor_core::flight::Policy;

use crate::bundle::{Bundle, INLINE_BYTES_MAX};
use crate::envelope::{BundleRef, Invoke};

/// How long an activation may take whose client does not say: as OpenWhisk has it.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(60);

/// One request to run an action.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The action's manifest and files.
    pub bundle: Bundle,
    /// The action's parameters: the text of a JSON object.
    pub params: Bytes,
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
            size,
            policy,
            timeout,
            watch,
        } = self;
        let bytes = bundle.bytes();
        let inline = (with_code || bytes.len() <= INLINE_BYTES_MAX).then(|| bytes.clone());
        Invoke {
            flight,
            bundle: BundleRef {
                digest: bundle.digest(),
                inline,
            },
            params: params.clone(),
            size: *size,
            policy: *policy,
            timeout: *timeout,
            watch: *watch,
        }
    }
}
