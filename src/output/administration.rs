//! How a node is, and what it does to packets.

use std::fmt::{self, Write};

use raptor_cluster::{PeerStatus, Role, Shaping, Status};
use serde::Serialize;

#[derive(Serialize)]
struct StatusJson<'a> {
    node: &'a str,
    zone: &'a str,
    incarnation: u64,
    address: String,
    load: LoadJson,
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
struct PeerJson<'a> {
    name: &'a str,
    zone: &'a str,
    incarnation: u64,
    role: &'static str,
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

fn json(told: &impl Serialize) -> String {
    serde_json::to_string(told).expect("it has string keys only")
}

impl<'a> From<&'a Status> for StatusJson<'a> {
    fn from(status: &'a Status) -> Self {
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
