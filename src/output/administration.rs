//! How a node is, and what it does to packets.

use std::fmt::{self, Write};

use raptor_cluster::{MemberStatus, NodeRecord, PeerStatus, Role, Shaping, Status};
use serde::Serialize;

#[derive(Serialize)]
struct StatusJson<'a> {
    node: &'a str,
    zone: &'a str,
    incarnation: u64,
    address: String,
    load: LoadJson,
    members: Vec<MemberJson<'a>>,
    associations: u32,
    peers: Vec<PeerJson<'a>>,
    shaping: &'a Shaping,
}

#[derive(Serialize)]
struct LoadJson {
    flights: u32,
    weight: u32,
    slots: u32,
    draining: bool,
}

#[derive(Serialize)]
struct MemberJson<'a> {
    name: &'a str,
    zone: &'a str,
    incarnation: u64,
    address: String,
    up: bool,
}

#[derive(Serialize)]
struct PeerJson<'a> {
    name: &'a str,
    zone: &'a str,
    incarnation: u64,
    role: &'static str,
}

/// What one of several nodes does to packets.
#[derive(Serialize)]
pub(crate) struct NodeShaping {
    node: String,
    zone: String,
    #[serde(flatten)]
    shaping: Shaping,
}

impl NodeShaping {
    /// What that node does.
    pub(crate) fn new(record: &NodeRecord, shaping: Shaping) -> Self {
        Self {
            node: record.node.to_string(),
            zone: record.zone.to_string(),
            shaping,
        }
    }
}

/// How a node is: for people, or as one line of JSON.
pub(crate) fn status(status: &Status, is_json: bool) -> String {
    if is_json {
        return json(&StatusJson::from(status));
    }
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_status(&mut text, status);
    text
}

/// What a node does to packets: the rules, one a line, or one line of JSON.
pub(crate) fn shaping(shaping: &Shaping, is_json: bool) -> String {
    if is_json {
        return json(shaping);
    }
    let mut text = String::new();
    let _ = write_shaping(&mut text, shaping);
    text
}

/// What several nodes do to packets: those that do the same in one paragraph, or one line of JSON.
pub(crate) fn survey(nodes: &[NodeShaping], is_json: bool) -> String {
    if is_json {
        return json(&nodes);
    }
    let mut text = String::new();
    for (at, node) in nodes.iter().enumerate() {
        let is_alike = |other: &&NodeShaping| other.shaping == node.shaping;
        if !nodes[..at].iter().any(|other| is_alike(&other)) {
            let alike = nodes.iter().filter(is_alike);
            let names: Vec<_> = alike.map(|alike| &*alike.node).collect();
            let _ = writeln!(text, "{}:", names.join(", "));
            let _ = write_shaping(&mut text, &node.shaping);
        }
    }
    text
}

fn json(told: &impl Serialize) -> String {
    serde_json::to_string(told).expect("it has string keys only")
}

impl<'a> From<&'a Status> for StatusJson<'a> {
    fn from(status: &'a Status) -> Self {
        let member = |member: &'a MemberStatus| MemberJson {
            name: member.record.node.as_str(),
            zone: member.record.zone.as_str(),
            incarnation: member.record.incarnation.0,
            address: member.address.to_string(),
            up: member.is_up,
        };
        let peer = |peer: &'a PeerStatus| PeerJson {
            name: peer.record.node.as_str(),
            zone: peer.record.zone.as_str(),
            incarnation: peer.record.incarnation.0,
            role: role(peer.role),
        };
        Self {
            node: status.record.node.as_str(),
            zone: status.record.zone.as_str(),
            incarnation: status.record.incarnation.0,
            address: status.address.to_string(),
            load: LoadJson {
                flights: status.load.flights,
                weight: status.load.weight,
                slots: status.load.slots,
                draining: status.load.is_draining,
            },
            members: status.members.iter().map(member).collect(),
            associations: status.associations,
            peers: status.peers.iter().map(peer).collect(),
            shaping: &status.shaping,
        }
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Node => "node",
        Role::Client => "client",
        Role::Admin => "admin",
        Role::Member(_) => "member",
    }
}

fn write_status(out: &mut String, status: &Status) -> fmt::Result {
    let Status {
        record,
        address,
        load,
        members,
        peers,
        associations,
        shaping,
    } = status;
    let (node, zone, life) = (&record.node, &record.zone, record.incarnation.0);
    writeln!(out, "{node} in {zone} at {address}, incarnation {life}")?;
    let draining = if load.is_draining { ", draining" } else { "" };
    writeln!(
        out,
        "load: {} flights, attempts of weight {} for {} slots{draining}",
        load.flights, load.weight, load.slots
    )?;
    let up = members.iter().filter(|member| member.is_up).count();
    writeln!(out, "other nodes: {}, of which {up} are up", members.len())?;
    for member in members {
        let (name, zone) = (&member.record.node, &member.record.zone);
        let state = if member.is_up { "up" } else { "down" };
        writeln!(out, "  {state:<6} {name} in {zone} at {}", member.address)?;
    }
    writeln!(out, "associations: {associations}; peers: {}", peers.len())?;
    for PeerStatus { record, role: of } in peers {
        let (name, zone, role) = (&record.node, &record.zone, role(*of));
        writeln!(out, "  {role:<6} {name} in {zone}")?;
    }
    if !shaping.rules.is_empty() {
        writeln!(out, "shaping:")?;
        let rules = shaping.rules.iter();
        rules
            .clone()
            .try_for_each(|rule| writeln!(out, "  {rule}"))?;
    }
    Ok(())
}

fn write_shaping(out: &mut String, shaping: &Shaping) -> fmt::Result {
    if shaping.rules.is_empty() {
        return writeln!(out, "nothing is done to packets");
    }
    let mut rules = shaping.rules.iter();
    rules.try_for_each(|rule| writeln!(out, "{rule}"))?;
    writeln!(out, "(seed {})", shaping.seed)
}
