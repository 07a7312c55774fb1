//! The core's signals as the system's.

use raptor_core::Signal;

pub(crate) fn to_system(signal: Signal) -> raptor_sys::Signal {
    match signal {
        Signal::Terminate => raptor_sys::Signal::Terminate,
        Signal::Continue => raptor_sys::Signal::Continue,
        Signal::Kill => raptor_sys::Signal::Kill,
    }
}
