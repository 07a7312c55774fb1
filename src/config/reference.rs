//! The reference of all keys, which is `conf/node.toml`.

use std::fmt::Write;

use super::raw::{Literal, Raw};
use super::settings::SECTIONS;

/// A section of the configuration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) meaning: &'static [&'static str],
    pub(super) keys: &'static [Key],
}

/// A key of the configuration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// With its section: `node.name`.
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    pub(super) default: Literal,
    pub(super) meaning: &'static [&'static str],
}

/// The paths of all keys, in the order of the table.
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    let of = |section: &'static Section| section.keys.iter().map(|key| key.path);
    SECTIONS.iter().flat_map(of)
}

const HEADER: &str = "\
# Every key of a node, with its default: deleting this file changes nothing.
#
# Later files win over earlier ones, and the environment over files: node.slots is called
# RAPTOR__NODE__SLOTS there, and lists are written with commas. Durations have a unit (\"500ms\",
# \"2s\", \"1m 30s\"), sizes may have one (\"16 MiB\"). An empty text leaves an optional key unset.
";

/// A configuration file with every key, what it means, and its default.
pub fn reference() -> String {
    let mut text = HEADER.to_owned();
    for section in SECTIONS {
        text.push('\n');
        comment(&mut text, section.meaning);
        line(&mut text, format_args!("[{}]", section.name));
        for key in section.keys {
            comment(&mut text, key.meaning);
            line(
                &mut text,
                format_args!("{} = {}", key.name, Raw::from(key.default)),
            );
        }
    }
    text
}

fn comment(text: &mut String, lines: &[&str]) {
    for comment in lines {
        // A line of a doc comment begins with its blank.
        line(text, format_args!("#{comment}"));
    }
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a string takes what is written to it");
}
