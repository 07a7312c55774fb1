//! Real processes: what the fork server starts, what it guards, and what it leaves: nothing.

mod confinement;
mod gate;
mod groups;
mod loss;
mod roles;
mod stage;
mod sweeping;

/// This program is also the fork server of its tests, and what some of them run. The test harness
/// has a `main` of its own, so the roles are played before it.
#[ctor::ctor(unsafe)]
fn before_main() {
    raptor_sys::serve_if_asked();
    roles::play_if_asked();
}
