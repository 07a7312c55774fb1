//! What an administrator asks of the transport.

use super::Switchboard;
use crate::actor::postmaster::Inspection;
use crate::transport::ShapeError;
use crate::transport::shaping::Shaping;

impl Switchboard {
    pub(in super::super) fn shape(&mut self, shaping: &Shaping) -> Result<(), ShapeError> {
        self.transport.shape(&self.ours.record.zone, shaping)
    }

    pub(in super::super) fn inspect(&self) -> Inspection {
        Inspection {
            associations: self.sessions.len(),
        }
    }
}
