//! Who an end of a link is, in its own words.

use std::net::SocketAddr;

use bincode::config::{Configuration, Fixint, Limit, LittleEndian, standard};
use bincode::{Decode, Encode};
use raptor_core::{ClusterName, Incarnation, NodeRecord, Role};

use super::greeting::GreetingError;
use super::version::VersionRange;
use crate::security::role_code;

/// No field of a greeting is longer: names have 64 bytes, and reasons for refusals are cut; the limit
/// keeps a hostile length from costing memory.
const DECODE_BYTES_MAX: usize = 4096;

/// Who an end of a link is, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The protocol versions that it speaks.
    pub versions: VersionRange,
    /// The cluster that it belongs to.
    pub cluster: ClusterName,
    /// Its name, failure domain and life. Clients have them too.
    pub record: NodeRecord,
    /// What it may ask for.
    pub role: Role,
    /// The longest message that it receives, in bytes.
    pub message_bytes_max: u32,
    /// Where it can be reached.
    pub address: SocketAddr,
    /// How many bytes of mail it takes before its actors have handled any.
    pub mail_bytes_max: u32,
    /// How many bytes of flights' news it takes before it has handled any.
    pub state_bytes_max: u32,
    /// How many bytes of bulk it takes before it has handled any.
    pub bulk_bytes_max: u32,
    /// How often it has moved: of what one life says of its address, the latest counts.
    pub moved: u32,
}

#[derive(Encode, Decode)]
struct HelloBytes {
    version_min: u8,
    version_max: u8,
    cluster: String,
    node: String,
    zone: String,
    incarnation: u64,
    role: u8,
    message_bytes_max: u32,
    address: String,
    mail_bytes_max: u32,
    state_bytes_max: u32,
    bulk_bytes_max: u32,
    moved: u32,
}

fn configuration() -> Configuration<LittleEndian, Fixint, Limit<DECODE_BYTES_MAX>> {
    standard()
        .with_fixed_int_encoding()
        .with_limit::<DECODE_BYTES_MAX>()
}

pub(super) fn append(bytes: &mut Vec<u8>, fields: impl Encode) {
    let mut encoded = bincode::encode_to_vec(fields, configuration());
    let encoded = encoded
        .as_mut()
        .expect("numbers and short texts always encode");
    bytes.append(encoded);
}

/// Reads the fields that this version knows, and leaves what follows them.
pub(super) fn read<T: Decode<()>>(bytes: &[u8]) -> Result<T, GreetingError> {
    bincode::decode_from_slice::<T, _>(bytes, configuration())
        .map(|(fields, _)| fields)
        .map_err(|error| GreetingError::Malformed(error.to_string()))
}

impl Hello {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        append(&mut bytes, HelloBytes::from(self));
        bytes
    }

    /// Reads the hello of an end that was dialed, or has dialed, as `role`. It is of that role itself,
    /// or a node: both have proved it by their keys.
    pub(super) fn decode(bytes: &[u8], role: Role) -> Result<Self, GreetingError> {
        let bytes: HelloBytes = read(bytes)?;
        let malformed = |what: &str| GreetingError::Malformed(what.into());
        Ok(Self {
            versions: VersionRange::new(bytes.version_min, bytes.version_max)
                .ok_or_else(|| malformed("its range of versions is empty"))?,
            cluster: bytes.cluster.parse()?,
            record: NodeRecord {
                node: bytes.node.parse()?,
                zone: bytes.zone.parse()?,
                incarnation: Incarnation(bytes.incarnation),
            },
            role: [role, Role::Node]
                .into_iter()
                .find(|role| role_code(*role) == bytes.role)
                .ok_or_else(|| malformed("its role is not the one that its key proves"))?,
            message_bytes_max: bytes.message_bytes_max,
            address: bytes
                .address
                .parse()
                .map_err(|_| malformed("its address is none"))?,
            mail_bytes_max: bytes.mail_bytes_max,
            state_bytes_max: bytes.state_bytes_max,
            bulk_bytes_max: bytes.bulk_bytes_max,
            moved: bytes.moved,
        })
    }
}

impl From<&Hello> for HelloBytes {
    fn from(hello: &Hello) -> Self {
        Self {
            version_min: hello.versions.min(),
            version_max: hello.versions.max(),
            cluster: hello.cluster.to_string(),
            node: hello.record.node.to_string(),
            zone: hello.record.zone.to_string(),
            incarnation: hello.record.incarnation.0,
            role: role_code(hello.role),
            message_bytes_max: hello.message_bytes_max,
            address: hello.address.to_string(),
            mail_bytes_max: hello.mail_bytes_max,
            state_bytes_max: hello.state_bytes_max,
            bulk_bytes_max: hello.bulk_bytes_max,
            moved: hello.moved,
        }
    }
}
