//! What a workflow looks like, as far as formulas ask.

use raptor_core::manifest::Manifest;

/// Whether no function depends on another.
pub(super) fn is_independent(manifest: &Manifest) -> bool {
    let mut functions = manifest.functions().iter();
    functions.all(|function| function.depends.is_empty())
}

/// Whether the functions form one chain: no two can ever run beside each other. Each depends on the
/// one before it, whatever else it depends on.
pub(super) fn is_sequence(manifest: &Manifest) -> bool {
    let mut pairs = manifest.order().windows(2);
    pairs.all(|pair| manifest.function(pair[1]).depends.contains(&pair[0]))
}

/// Whether every member may run every function.
pub(super) fn is_idempotent(manifest: &Manifest) -> bool {
    manifest.functions().iter().all(|it| it.idempotent)
}

/// Whether nothing is ever tried again by the member that failed at it.
pub(super) fn has_no_retries(manifest: &Manifest) -> bool {
    let mut functions = manifest.functions().iter();
    functions.all(|function| function.retries == 0 || !function.idempotent)
}

/// Whether attempts may take as long as they take.
pub(super) fn has_no_timeouts(manifest: &Manifest) -> bool {
    manifest.functions().iter().all(|it| it.timeout.is_none())
}
