//! What a flight's log and its followers' results say of it.

use std::collections::BTreeMap;
use std::time::Instant;

use bytes::Bytes;
use raptor_cluster::{
    Answer, FaultKind, FlightId, Followed, Manifest, MemberFault, MemberIndex, Progress,
};
use serde_json::{Map, Value, json};

/// What the leader has heard of its flight when it settles.
pub(crate) struct Account {
    flight: FlightId,
    begun: Instant,
    functions: Vec<String>,
    members: BTreeMap<MemberIndex, Member>,
    alone: Option<String>,
}

#[derive(Default)]
struct Member {
    joined_ms: Option<u128>,
    /// Why it is not there.
    missing: Option<String>,
    won: Vec<String>,
    failed: Vec<String>,
}

impl Account {
    /// Of a flight that has just begun.
    pub(crate) fn new(flight: FlightId, size: u16, manifest: &Manifest) -> Self {
        let members = (0..size).map(|index| (MemberIndex(index), Member::default()));
        let functions = manifest.functions().iter();
        Self {
            flight,
            begun: Instant::now(),
            functions: functions.map(|function| function.name.clone()).collect(),
            members: members.collect(),
            alone: None,
        }
    }

    /// No follower can be asked for.
    pub(crate) fn on_alone(&mut self, why: &str) {
        self.alone = Some(why.to_owned());
    }

    /// The platform does not provide this follower.
    pub(crate) fn on_refused(&mut self, member: MemberIndex, why: String) {
        self.member(member).missing = Some(why);
    }

    pub(crate) fn on_progress(&mut self, progress: Progress) {
        match progress {
            Progress::Joined(member) => {
                let after = self.begun.elapsed().as_millis();
                let member = self.member(member);
                member.missing = None;
                member.joined_ms.get_or_insert(after);
            }
            Progress::Missing(member) => {
                let member = self.member(member);
                let why = match member.joined_ms {
                    Some(_) => "it was lost",
                    None => "it did not come in time",
                };
                member.missing.get_or_insert(why.to_owned());
            }
            Progress::Won(member, function) => {
                let name = self.function(function);
                self.member(member).won.push(name);
            }
            Progress::Failed(member, function) => {
                let name = self.function(function);
                self.member(member).failed.push(name);
            }
            Progress::Started(..) => {}
        }
    }

    /// One line of JSON for the log of the leader's activation.
    pub(crate) fn line(&self) -> String {
        let members = self.members.iter().map(|(index, member)| {
            let mut line = Map::new();
            line.insert("member".into(), index.0.into());
            if let Some(after) = member.joined_ms {
                line.insert("joined_ms".into(), json!(after));
            }
            if let Some(why) = &member.missing {
                line.insert("missing".into(), why.clone().into());
            }
            line.insert("won".into(), json!(member.won));
            if !member.failed.is_empty() {
                line.insert("failed".into(), json!(member.failed));
            }
            Value::Object(line)
        });
        let mut account = json!({
            "flight": self.flight.to_string(),
            "ms": self.begun.elapsed().as_millis(),
            "members": members.collect::<Vec<_>>(),
        });
        if let Some(why) = &self.alone {
            account["alone"] = why.clone().into();
        }
        json!({ "raptor": account }).to_string()
    }

    fn member(&mut self, index: MemberIndex) -> &mut Member {
        self.members.entry(index).or_default()
    }

    fn function(&self, index: u16) -> String {
        self.functions[usize::from(index)].clone()
    }
}

/// The result of a follower's activation.
pub(crate) fn followed(flight: FlightId, member: u16, followed: &Followed) -> Bytes {
    short(
        flight,
        member,
        &followed.how.to_string(),
        &followed.won,
        &followed.preempted,
    )
}

/// The result of an activation that was to follow, and did not.
pub(crate) fn idle(flight: FlightId, member: u16, why: &str) -> Bytes {
    short(flight, member, why, &[], &[])
}

fn short(flight: FlightId, member: u16, how: &str, won: &[String], preempted: &[String]) -> Bytes {
    let record = json!({ "raptor": {
        "flight": flight.to_string(), "member": member, "won": won, "preempted": preempted,
        "how": how,
    }});
    record.to_string().into()
}

/// The result of an activation whose flight has not landed: OpenWhisk's application error, with the
/// cause in it.
pub(crate) fn error(answer: &Answer) -> Bytes {
    let mut error = json!({ "message": answer.to_string() });
    if let Answer::Failed { function, faults } = answer {
        error["function"] = function.clone().into();
        let causes: Vec<Value> = faults.iter().map(cause).collect();
        error["faults"] = causes.into();
    }
    json!({ "error": error }).to_string().into()
}

fn cause(fault: &MemberFault) -> Value {
    let mut cause = json!({
        "member": fault.attempt.member.0,
        "node": fault.node.to_string(),
        "fault": fault.fault.kind.to_string(),
    });
    if let FaultKind::Application(value) = &fault.fault.kind
        && let Ok(Value::Object(given)) = serde_json::from_slice(value.body())
    {
        cause["error"] = given.get("error").cloned().unwrap_or_default();
    }
    if !fault.fault.log.is_empty() {
        cause["log"] = fault.fault.log.clone().into();
    }
    cause
}
