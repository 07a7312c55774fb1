use super::*;

#[test]
fn urls_are_read_as_they_are_written() {
    for text in [
        "embedded:3",
        "raptor://127.0.0.1:9899",
        "raptor://127.0.0.1:9899,[::1]:9899?key=cluster.key",
    ] {
        assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
    }
}

#[test]
fn what_is_no_url_is_refused_with_what_would_be() {
    for (text, says) in [
        ("", "embedded:3"),
        ("embedded", "embedded:3"),
        ("embedded:0", "1 to 26 zones"),
        ("embedded:27", "1 to 26 zones"),
        ("raptor:127.0.0.1:9899", "raptor://HOST:PORT"),
        ("raptor://node-a", "\"node-a\" is no address"),
        ("raptor://127.0.0.1:9899?pass=x", "key=FILE"),
    ] {
        let refused = text.parse::<Address>().unwrap_err().to_string();
        assert!(refused.contains(&format!("{text:?}")), "{refused}");
        assert!(refused.contains(says), "{refused}");
    }
}

#[test]
fn a_running_cluster_cannot_be_given_what_it_has_already() {
    let address: Address = "raptor://127.0.0.1:9899".parse().unwrap();
    let settings = Settings {
        pin: Some(true),
        ..Settings::at(address)
    };
    let refused = Terms::new(&settings, Path::new(".")).unwrap_err();
    assert!(refused.to_string().contains("target.pin"), "{refused}");
}

#[test]
fn the_key_of_a_running_cluster_is_looked_for_beside_the_scenario() {
    let address: Address = "raptor://127.0.0.1:9899?key=a.key".parse().unwrap();
    let terms = Terms::new(&Settings::at(address), Path::new("/there")).unwrap();
    let Terms::Raptor(terms) = terms else {
        panic!("it is a running cluster: {terms:?}");
    };
    assert_eq!(terms.key, Some(PathBuf::from("/there/a.key")));
}

#[test]
fn zones_and_nodes_fit_on_one_machine() {
    let at = || Settings::at(Address::Embedded { zones: 26 });
    for (key, settings) in [
        (
            "nodes_per_zone",
            Settings {
                nodes_per_zone: Some(5),
                ..at()
            },
        ),
        (
            "flight_slots",
            Settings {
                flight_slots: Some(0),
                ..at()
            },
        ),
    ] {
        let refused = Terms::new(&settings, Path::new(".")).unwrap_err();
        assert!(refused.to_string().contains(key), "{refused}");
    }
}
