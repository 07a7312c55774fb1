//! How the keys read their values. A refusal says what the key takes and what it got.

use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use bytesize::ByteSize;
use raptor_cluster::{NodeConfig, ShapingRule, VALUE_BYTES_MAX};
use raptor_core::ClusterName;
use raptor_core::manifest::FLIGHT_SIZE_MAX;
use raptor_core::{NameError, NodeId, Zone};
use tracing_subscriber::EnvFilter;

use super::raw::Raw;
use super::{Advertise, HostPort, NamespaceKey, NamespaceLimits};

/// User ids are 32 bits, the last of which means "none" (chown(2)).
const UID_MAX: u32 = u32::MAX - 1;

fn refusal(takes: &str, raw: &Raw) -> String {
    format!("takes {takes}, not {raw}")
}

fn text<'a>(raw: &'a Raw, takes: &str) -> Result<&'a str, String> {
    match raw {
        Raw::Text(text) if !text.is_empty() => Ok(text),
        Raw::Text(_) | Raw::Number(_) | Raw::List(_) | Raw::Flag(_) | Raw::Other(_) => {
            Err(refusal(takes, raw))
        }
    }
}

/// Unset if the text is empty, else what `parse` makes of it.
pub(super) fn optional<T>(
    raw: &Raw,
    parse: impl FnOnce(&Raw) -> Result<T, String>,
) -> Result<Option<T>, String> {
    match raw {
        Raw::Text(text) if text.is_empty() => Ok(None),
        Raw::Text(_) | Raw::Number(_) | Raw::List(_) | Raw::Flag(_) | Raw::Other(_) => {
            parse(raw).map(Some)
        }
    }
}

fn named<T: FromStr<Err: ToString>>(raw: &Raw) -> Result<T, String> {
    text(raw, "a name")?
        .parse()
        .map_err(|error: T::Err| error.to_string())
}

/// A node's name.
pub(super) fn node(raw: &Raw) -> Result<NodeId, String> {
    named(raw)
}

/// A zone's name.
pub(super) fn zone(raw: &Raw) -> Result<Zone, String> {
    named(raw)
}

/// A cluster's name, made of the same characters as a node's.
pub(super) fn cluster(raw: &Raw) -> Result<ClusterName, String> {
    let text = text(raw, "a name")?;
    text.parse().map_err(|error: NameError| error.to_string())
}

fn whole(raw: &Raw, range: RangeInclusive<u32>) -> Result<u32, String> {
    let number = match raw {
        Raw::Number(number) => u32::try_from(*number).ok(),
        Raw::Text(text) => text.parse().ok(),
        Raw::List(_) | Raw::Flag(_) | Raw::Other(_) => None,
    };
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| {
            let takes = format!("a whole number from {} to {}", range.start(), range.end());
            refusal(&takes, raw)
        })
}

/// A number of things, at least one.
pub(super) fn count(raw: &Raw) -> Result<NonZeroU16, String> {
    let number = whole(raw, 1..=u16::MAX.into())?;
    Ok(u16::try_from(number)
        .ok()
        .and_then(NonZeroU16::new)
        .expect("it is in the range"))
}

/// The size of a flight, within what a manifest may ask for.
pub(super) fn flight_size(raw: &Raw) -> Result<NonZeroU16, String> {
    whole(raw, 1..=FLIGHT_SIZE_MAX.into())?;
    count(raw)
}

/// A number of things, where none means that it is found out later.
pub(super) fn count_or_automatic(raw: &Raw) -> Result<Option<NonZeroU16>, String> {
    let number = whole(raw, 0..=u16::MAX.into())?;
    Ok(NonZeroU16::new(
        u16::try_from(number).expect("it is in the range"),
    ))
}

/// A large number of things, at least one.
pub(super) fn large_count(raw: &Raw) -> Result<NonZeroU32, String> {
    let number = whole(raw, 1..=u32::MAX)?;
    Ok(NonZeroU32::new(number).expect("it is in the range"))
}

/// A number of things, possibly none.
pub(super) fn count_or_none(raw: &Raw) -> Result<u32, String> {
    whole(raw, 0..=u32::MAX)
}

/// A number of processes that wait, possibly none.
pub(super) fn warm_count(raw: &Raw) -> Result<u16, String> {
    let number = whole(raw, 0..=NodeConfig::WARM_MAX.into())?;
    Ok(u16::try_from(number).expect("it is in the range"))
}

/// A user id, but not that of root, as which no function ever runs.
pub(super) fn unprivileged_uid(raw: &Raw) -> Result<u32, String> {
    whole(raw, 1..=UID_MAX)
}

const DURATION: &str = "a duration with its unit, such as \"500ms\" or \"2s\"";

/// A duration, possibly zero.
pub(super) fn duration(raw: &Raw) -> Result<Duration, String> {
    humantime::parse_duration(text(raw, DURATION)?).map_err(|_| refusal(DURATION, raw))
}

/// A duration longer than zero: something waits for it, and must get a chance.
pub(super) fn wait(raw: &Raw) -> Result<Duration, String> {
    let wait = duration(raw)?;
    if wait.is_zero() {
        return Err(refusal("a duration longer than zero", raw));
    }
    Ok(wait)
}

/// A number of bytes, at least one.
pub(super) fn bytes(raw: &Raw) -> Result<NonZeroU64, String> {
    let bytes = match raw {
        Raw::Number(number) => u64::try_from(*number).ok(),
        Raw::Text(text) => text.parse().ok().map(|ByteSize(bytes)| bytes),
        Raw::List(_) | Raw::Flag(_) | Raw::Other(_) => None,
    };
    bytes
        .and_then(NonZeroU64::new)
        .ok_or_else(|| refusal("a size in bytes, such as \"16 MiB\" or 65536", raw))
}

/// A size that fits into one message beside what else is in it.
pub(super) fn value_bytes(raw: &Raw) -> Result<NonZeroU64, String> {
    let size = bytes(raw)?;
    if size.get() > VALUE_BYTES_MAX as u64 {
        return Err(refusal(
            "at most \"15 MiB\", since a value travels in one message",
            raw,
        ));
    }
    Ok(size)
}

/// An address to listen on: no name, since what a name means can change.
pub(super) fn socket(raw: &Raw) -> Result<SocketAddr, String> {
    const SOCKET: &str = "an address with a port, such as \"127.0.0.1:9899\" or \"[::]:9899\"";
    text(raw, SOCKET)?.parse().map_err(|_| refusal(SOCKET, raw))
}

/// A host with a port.
pub(super) fn host_port(raw: &Raw) -> Result<HostPort, String> {
    text(raw, "a host with a port, such as \"node-b:9899\"")?
        .parse()
        .map_err(|error: super::address::HostPortError| error.to_string())
}

/// Where the others reach a node.
pub(super) fn advertise(raw: &Raw) -> Result<Advertise, String> {
    const ADVERTISE: &str = "\"auto\", a network such as \"10.7.0.0/16\", or a host with a port";
    let parsed = text(raw, ADVERTISE)?.parse();
    parsed.map_err(|error: super::AdvertiseError| error.to_string())
}

/// Some things: a list, or in the environment a text with commas.
fn list<T>(
    raw: &Raw,
    takes: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    match raw {
        Raw::List(texts) => texts.iter().map(|text| parse(text.trim())).collect(),
        Raw::Text(text) if text.is_empty() => Ok(Vec::new()),
        Raw::Text(text) => text.split(',').map(|text| parse(text.trim())).collect(),
        Raw::Number(_) | Raw::Flag(_) | Raw::Other(_) => Err(refusal(takes, raw)),
    }
}

/// Hosts with ports.
pub(super) fn host_ports(raw: &Raw) -> Result<Vec<HostPort>, String> {
    list(raw, "a list, such as [\"node-b:9899\"]", |text| {
        host_port(&Raw::Text(text.to_owned()))
    })
}

/// Addresses without ports.
pub(super) fn addresses(raw: &Raw) -> Result<Vec<IpAddr>, String> {
    const ADDRESSES: &str = "a list of addresses, such as [\"10.0.1.7\"]";
    let parse = |text: &str| text.parse().map_err(|_| refusal(ADDRESSES, raw));
    list(raw, ADDRESSES, parse)
}

/// Rules for packets between zones.
pub(super) fn shaping(raw: &Raw) -> Result<Vec<ShapingRule>, String> {
    const RULES: &str = "a list, such as [\"zone-a <-> zone-b delay=5ms loss=1%\"]";
    list(raw, RULES, |text| {
        let rule = text.parse();
        rule.map_err(|error: <ShapingRule as FromStr>::Err| error.to_string())
    })
}

/// One of a few words.
pub(super) fn choice<T: Copy>(raw: &Raw, words: &[(&str, T)]) -> Result<T, String> {
    let chosen = |word: &str| words.iter().find(|(known, _)| *known == word);
    match raw {
        Raw::Text(word) => chosen(word),
        Raw::Number(_) | Raw::List(_) | Raw::Flag(_) | Raw::Other(_) => None,
    }
    .map(|(_, choice)| *choice)
    .ok_or_else(|| {
        let words: Vec<_> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
        refusal(&format!("one of {}", words.join(", ")), raw)
    })
}

/// A file or a directory.
pub(super) fn path(raw: &Raw) -> Result<PathBuf, String> {
    text(raw, "a path").map(PathBuf::from)
}

/// Yes or no.
pub(super) fn flag(raw: &Raw) -> Result<bool, String> {
    match raw {
        Raw::Flag(flag) => Ok(*flag),
        Raw::Text(text) if text == "true" => Ok(true),
        Raw::Text(text) if text == "false" => Ok(false),
        Raw::Text(_) | Raw::Number(_) | Raw::List(_) | Raw::Other(_) => {
            Err(refusal("true or false", raw))
        }
    }
}

/// Namespaces with their keys. What is refused is not repeated: it may be nearly a key.
pub(super) fn namespaces(raw: &Raw) -> Result<Vec<NamespaceKey>, String> {
    const NAMESPACES: &str =
        "a list, such as [\"shop=23bc46b1-71f6-4ed5-8c54-816aa4f8c502:secret\"]";
    list(raw, NAMESPACES, |text| {
        let parsed = text.parse();
        parsed.map_err(|error: super::NamespaceKeyError| error.to_string())
    })
}

/// Namespaces with limits of their own.
pub(super) fn namespace_limits(raw: &Raw) -> Result<Vec<NamespaceLimits>, String> {
    const LIMITS: &str = "a list, such as [\"shop: invocations_per_minute=6000\"]";
    list(raw, LIMITS, |text| {
        let parsed = text.parse();
        parsed.map_err(|error: super::NamespaceLimitsError| error.to_string())
    })
}

/// Words without blanks, such as names of images.
pub(super) fn words(raw: &Raw) -> Result<Vec<String>, String> {
    const WORDS: &str = "a list of names, such as [\"openwhisk/dockerskeleton\"]";
    list(raw, WORDS, |text| {
        let is_word = !text.is_empty() && !text.contains(char::is_whitespace);
        is_word
            .then(|| text.to_owned())
            .ok_or_else(|| refusal(WORDS, raw))
    })
}

/// Where clients reach something over HTTP.
pub(super) fn url(raw: &Raw) -> Result<String, String> {
    const URL: &str = "a URL such as \"http://10.0.0.7:3233\"";
    let text = text(raw, URL)?;
    let has_scheme = ["http://", "https://"]
        .iter()
        .any(|scheme| text.starts_with(scheme));
    has_scheme
        .then(|| text.trim_end_matches('/').to_owned())
        .ok_or_else(|| refusal(URL, raw))
}

/// Directives of `tracing`, which stay text: the subscriber takes them as such.
pub(super) fn filter(raw: &Raw) -> Result<String, String> {
    const FILTER: &str = "levels by target, such as \"info,raptor_cluster=debug\"";
    let text = text(raw, FILTER)?;
    EnvFilter::try_new(text)
        .map(|_| text.to_owned())
        .map_err(|_| refusal(FILTER, raw))
}
