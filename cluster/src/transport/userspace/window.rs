//! What an association has sent and its peer not acknowledged.

use std::collections::HashMap;

use super::settings::STREAM_WINDOW_BYTES;
use crate::transport::{STREAMS, StreamId};

/// The unacknowledged bytes of every stream.
///
/// Messages are given to the socket in shipments. It tells how many messages of a shipment have ended,
/// not which, so a shipment is taken off when all of them have.
pub(super) struct Window {
    by_stream: [usize; STREAMS as usize],
    shipments: HashMap<u64, Shipment>,
    last_shipment: u64,
}

struct Shipment {
    parcels: Vec<(StreamId, usize)>,
    ended: usize,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            by_stream: [0; STREAMS as usize],
            shipments: HashMap::new(),
            last_shipment: 0,
        }
    }
}

impl Window {
    pub(super) fn has_room(&self, stream: StreamId) -> bool {
        let under_way = self.by_stream.get(usize::from(stream.0));
        under_way.is_some_and(|under_way| *under_way < STREAM_WINDOW_BYTES)
    }

    /// Whether every shipment has arrived.
    pub(super) fn is_empty(&self) -> bool {
        self.shipments.is_empty()
    }

    pub(super) fn on_queued(&mut self, stream: StreamId, bytes: usize) {
        self.by_stream[usize::from(stream.0)] += bytes;
    }

    /// Queued messages, by stream and length, are given to the socket; gives the shipment's number.
    pub(super) fn on_shipped(&mut self, parcels: Vec<(StreamId, usize)>) -> u64 {
        self.last_shipment += 1;
        let shipment = Shipment { parcels, ended: 0 };
        self.shipments.insert(self.last_shipment, shipment);
        self.last_shipment
    }

    /// One message of a shipment was acknowledged, or was not taken by the socket.
    pub(super) fn on_end(&mut self, number: u64) {
        let Some(shipment) = self.shipments.get_mut(&number) else {
            return;
        };
        shipment.ended += 1;
        if shipment.ended == shipment.parcels.len()
            && let Some(shipment) = self.shipments.remove(&number)
        {
            for (stream, bytes) in shipment.parcels {
                self.by_stream[usize::from(stream.0)] -= bytes;
            }
        }
    }
}
