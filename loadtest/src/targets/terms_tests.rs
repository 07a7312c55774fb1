use super::*;

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
fn a_host_has_its_key_in_one_place_and_others_have_none() {
    let host = || Settings::at("https://openwhisk.example".parse().unwrap());
    let refused = Terms::new(&host(), Path::new(".")).unwrap_err();
    assert!(refused.to_string().contains("target.auth_env"), "{refused}");
    let settings = Settings {
        auth_file: Some("host.key".into()),
        insecure: Some(true),
        ..host()
    };
    let terms = Terms::new(&settings, Path::new("/there")).unwrap();
    let Terms::OpenWhisk(terms) = terms else {
        panic!("it is a host: {terms:?}");
    };
    assert_eq!(terms.key, KeyPlace::File("/there/host.key".into()));
    assert!(!terms.host.checked);
    for url in ["embedded:3", "mini-openwhisk:3", "stub:"] {
        let settings = Settings {
            auth_env: Some("KEY".into()),
            ..Settings::at(url.parse().unwrap())
        };
        let refused = Terms::new(&settings, Path::new(".")).unwrap_err();
        assert!(refused.to_string().contains("target.auth_env"), "{refused}");
    }
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
