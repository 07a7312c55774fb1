//! The configuration files that come with Raptor.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use raptor::config::{Settings, check, check_layers, reference};
use raptor_cluster::Shaping;
use raptor_core::Zone;

fn conf(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("conf")
        .join(name)
}

#[test]
fn node_toml_documents_every_key_with_its_default() {
    let expected = reference();
    if fs::read_to_string(conf("node.toml")).ok().as_ref() != Some(&expected) {
        let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join("node.toml");
        fs::write(&written, &expected).unwrap();
        panic!(
            "conf/node.toml is not what the table of keys says: cp {} conf/node.toml",
            written.display()
        );
    }
}

#[test]
fn node_toml_changes_nothing() {
    assert_eq!(check(&conf("node.toml")), Ok(Settings::default()));
}

/// Every TOML file below a directory.
fn configurations(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            configurations(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "toml") {
            found.push(path);
        }
    }
}

#[test]
fn every_file_is_a_valid_configuration_alone() {
    let mut found = Vec::new();
    configurations(&conf(""), &mut found);
    assert!(found.contains(&conf("regions.toml")), "{found:?}");
    for file in found {
        check(&file).unwrap_or_else(|problems| panic!("failed to {problems}"));
    }
}

#[test]
fn every_preset_has_one_rule_for_each_pair_of_zones() {
    let zones = ["zone-a", "zone-b", "zone-c"].map(|zone| zone.parse::<Zone>().unwrap());
    for file in ["zones.toml", "regions.toml", "zones-1ms.toml"] {
        let rules = check(&conf(file)).unwrap().transport.shaping;
        assert_eq!(rules.len(), 3, "{file}");
        let shaping = Shaping { rules, seed: 0 };
        for from in &zones {
            for to in &zones {
                let is_shaped = shaping.between(from, Some(to)).is_some();
                assert_eq!(is_shaped, from != to, "{file}: from {from} to {to}");
            }
            assert_eq!(shaping.between(from, None), None, "{file}: strangers");
        }
    }
}

#[test]
fn the_testbed_takes_every_preset() {
    let testbed = conf("testbed/node.toml");
    let alone = check(&testbed).unwrap();
    for file in ["zones.toml", "regions.toml", "zones-1ms.toml"] {
        let preset = check(&conf(file)).unwrap();
        let mut both = check_layers(&[testbed.clone(), conf(file)]).unwrap();
        assert_eq!(both.transport.shaping, preset.transport.shaping, "{file}");
        assert_eq!(both.membership, preset.membership, "{file}");
        both.transport.shaping.clear();
        both.membership = alone.membership.clone();
        assert_eq!(both, alone, "{file} changes something else");
    }
}

#[test]
fn the_three_zones_form_one_cluster() {
    let nodes: Vec<Settings> = ["zone-a.toml", "zone-b.toml", "zone-c.toml"]
        .iter()
        .map(|file| check(&conf(file)).unwrap_or_else(|problems| panic!("failed to {problems}")))
        .collect();
    let addresses: BTreeSet<String> = nodes
        .iter()
        .map(|node| node.transport.listen.to_string())
        .collect();
    assert_eq!(addresses.len(), 3);
    let zones: BTreeSet<_> = nodes.iter().map(|node| &node.node.zone).collect();
    assert_eq!(zones.len(), 3);
    for node in &nodes {
        assert!(node.transport.listen.ip().is_loopback());
        let mut met: BTreeSet<String> =
            node.cluster.seeds.iter().map(ToString::to_string).collect();
        met.insert(node.transport.listen.to_string());
        assert_eq!(met, addresses, "{:?} meets the others", node.node.name);
    }
}

#[test]
fn the_three_zones_differ_in_nothing_else() {
    let of = |file| check(&conf(file)).unwrap();
    let [a, mut b] = ["zone-a.toml", "zone-b.toml"].map(of);
    b.node = a.node.clone();
    b.cluster.seeds.clone_from(&a.cluster.seeds);
    b.transport.listen = a.transport.listen;
    assert_eq!(a, b);
}
