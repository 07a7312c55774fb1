use std::time::Duration;

use ::config::Map;
use tempfile::TempDir;

use super::*;

/// Settings of the contents of some files, called a.toml, b.toml, ..., and some variables.
fn read(files: &[&str], variables: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    let directory = TempDir::new().unwrap();
    let names = ["a.toml", "b.toml", "c.toml"].map(|name| directory.path().join(name));
    for (name, content) in names.iter().zip(files) {
        std::fs::write(name, content).unwrap();
    }
    let variables: Map<String, String> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let environment = environment().source(Some(variables));
    settings(&names[..files.len()], Some(environment)).map_err(|problems| {
        let prefix = format!("{}/", directory.path().display());
        problems
            .iter()
            .map(|problem| problem.to_string().replace(&prefix, ""))
            .collect()
    })
}

fn problems(file: &str) -> Vec<String> {
    read(&[file], &[]).unwrap_err()
}

#[test]
fn without_files_and_variables_all_keys_have_their_defaults() {
    let settings = read(&[], &[]).unwrap();
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.flight.grace, Duration::from_millis(20));
    assert_eq!(settings.limits.value_bytes_max.get(), 15 << 20);
    assert_eq!(settings.node.slots, None);
    assert_eq!(settings.metrics.listen, None);
}

#[test]
fn a_later_file_wins_over_an_earlier_one_and_the_environment_over_both() {
    let files = [
        "flight.grace = \"1ms\"\nflight.debrief_timeout = \"1s\"\nflight.join_timeout = \"1s\"\n",
        "[flight]\ngrace = \"2ms\"\ndebrief_timeout = \"2s\"\n",
    ];
    let flight = read(&files, &[("RAPTOR__FLIGHT__GRACE", "3ms")])
        .unwrap()
        .flight;
    assert_eq!(flight.grace, Duration::from_millis(3));
    assert_eq!(flight.debrief_timeout, Duration::from_secs(2));
    assert_eq!(flight.join_timeout, Duration::from_secs(1));
}

#[test]
fn the_environment_reaches_every_kind_of_key() {
    let variables = [
        ("RAPTOR__NODE__NAME", "node-7"),
        ("RAPTOR__NODE__SLOTS", "4"),
        ("RAPTOR__CLUSTER__SEEDS", "node-b:9899, [::1]:9900"),
        ("RAPTOR__TRANSPORT__BACKEND", "kernel"),
        ("RAPTOR__LIMITS__VALUE_BYTES_MAX", "64KiB"),
        ("RAPTOR__METRICS__LISTEN", "127.0.0.1:9100"),
    ];
    let settings = read(&[], &variables).unwrap();
    assert_eq!(settings.node.name.unwrap().as_str(), "node-7");
    assert_eq!(settings.node.slots.unwrap().get(), 4);
    let seeds: Vec<_> = settings
        .cluster
        .seeds
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(seeds, ["node-b:9899", "[::1]:9900"]);
    assert_eq!(settings.transport.backend, Backend::Kernel);
    assert_eq!(settings.limits.value_bytes_max.get(), 64 << 10);
    assert_eq!(settings.metrics.listen.unwrap().port(), 9100);
}

#[test]
fn variables_with_single_underscores_are_no_configuration() {
    let variables = [("RAPTOR_REQUIRE", "python"), ("RAPTOR_FLIGHT", "1")];
    assert_eq!(read(&[], &variables), Ok(Settings::default()));
}

#[test]
fn an_empty_text_takes_an_optional_key_back() {
    let file = "metrics.listen = \"127.0.0.1:9100\"\n";
    let settings = read(&[file], &[("RAPTOR__METRICS__LISTEN", "")]).unwrap();
    assert_eq!(settings.metrics.listen, None);
    let refused = read(&[], &[("RAPTOR__NODE__ZONE", "")]).unwrap_err();
    assert_eq!(refused, ["RAPTOR__NODE__ZONE: takes a name, not \"\""]);
}

#[test]
fn all_problems_are_told_at_once_with_their_places() {
    let files = [
        "node.zone = \"zone a\"\nflight.grace = \"fast\"\nnode.slot = 3\n",
        "[transport\n",
    ];
    let told = read(&files, &[("RAPTOR__FLIGHT__SLOTS", "0")]).unwrap_err();
    assert_eq!(told.len(), 5, "{told:#?}");
    assert!(told[0].starts_with("b.toml: is not TOML:"), "{told:#?}");
    assert_eq!(
        told[1..],
        [
            "a.toml: node.zone: \"zone a\" is no name: use 1 to 64 of the characters a-z, A-Z, \
             0-9, '-', '_' and '.'",
            "RAPTOR__FLIGHT__SLOTS: takes a whole number from 1 to 65535, not \"0\"",
            "a.toml: flight.grace: takes a duration with its unit, such as \"500ms\" or \"2s\", \
             not \"fast\"",
            "a.toml: node.slot: no such key; did you mean node.slots?",
        ]
    );
}

#[test]
fn a_misspelt_key_is_refused_with_the_one_that_may_be_meant() {
    assert_eq!(
        problems("[transports]\nlisten = \"127.0.0.1:1\"\n"),
        ["a.toml: transports.listen: no such key; did you mean transport.listen?"]
    );
    assert_eq!(
        read(&[], &[("RAPTOR__NODE__NAM", "x")]).unwrap_err(),
        ["RAPTOR__NODE__NAM: no such key; did you mean RAPTOR__NODE__NAME?"]
    );
    assert_eq!(
        problems("colour = \"blue\"\n"),
        ["a.toml: colour: no such key; conf/node.toml lists all keys"]
    );
}

#[test]
fn each_kind_of_key_says_what_it_takes() {
    for (line, reason) in [
        (
            "flight.join_timeout = 60",
            "takes a duration with its unit, such as \"500ms\" or \"2s\", not 60",
        ),
        (
            "flight.join_timeout = \"0s\"",
            "takes a duration longer than zero, not \"0s\"",
        ),
        (
            "flight.size_max = 0",
            "takes a whole number from 1 to 128, not 0",
        ),
        (
            "flight.size_max = 2.5",
            "takes a whole number from 1 to 128, not 2.5",
        ),
        (
            "limits.log_bytes_max = \"large\"",
            "takes a size in bytes, such as \"16 MiB\" or 65536, not \"large\"",
        ),
        (
            "transport.backend = \"tcp\"",
            "takes one of \"userspace\", \"kernel\", \"auto\", not \"tcp\"",
        ),
        (
            "transport.listen = \"localhost:9899\"",
            "takes an address with a port, such as \"127.0.0.1:9899\" or \"[::]:9899\", not \
             \"localhost:9899\"",
        ),
        (
            "transport.listen_also = [\"10.0.1.7:9899\"]",
            "takes a list of addresses, such as [\"10.0.1.7\"], not [\"10.0.1.7:9899\"]",
        ),
        (
            "transport.kernel_encapsulation = \"tcp\"",
            "takes one of \"none\", \"udp\", not \"tcp\"",
        ),
        (
            "cluster.seeds = [\"node-b\"]",
            "\"node-b\" is no host with a port, such as \"10.0.0.7:9899\", \"node-b:9899\" or \
             \"[::1]:9899\"",
        ),
        (
            "cluster.seeds = 7",
            "takes a list, such as [\"node-b:9899\"], not 7",
        ),
        (
            "node.function_uid = 0",
            "takes a whole number from 1 to 4294967294, not 0",
        ),
        (
            "log.filter = \"raptor=loud\"",
            "takes levels by target, such as \"info,raptor_cluster=debug\", not \"raptor=loud\"",
        ),
        ("node.state_dir = 5", "takes a path, not 5"),
        (
            "limits.value_bytes_max = \"16 MiB\"",
            "takes at most \"15 MiB\", since a value travels in one message, not \"16 MiB\"",
        ),
    ] {
        let key = line.split(' ').next().unwrap();
        assert_eq!(problems(line), [format!("a.toml: {key}: {reason}")]);
    }
}

#[test]
fn several_addresses_are_for_the_kernels_sctp() {
    let also = "transport.listen_also = [\"127.0.0.2\"]\n";
    let reason = "transport.listen_also: only transport.backend = \"kernel\" has several addresses";
    assert_eq!(problems(also), [format!("a.toml: {reason}")]);
    let kernel = format!("{also}transport.backend = \"kernel\"\n");
    let settings = read(&[&kernel], &[]).unwrap();
    assert_eq!(settings.transport.listen_also.len(), 1);
}

#[test]
fn an_address_that_others_cannot_reach_needs_one_that_they_can() {
    let file = "transport.listen = \"0.0.0.0:9899\"\n";
    assert_eq!(
        problems(file),
        [
            "a.toml: transport.listen: others cannot reach 0.0.0.0:9899: set transport.advertise \
             too, or cluster.seeds, towards which this host has an address"
        ]
    );
    for variable in [
        ("RAPTOR__TRANSPORT__ADVERTISE", "node-a:9899"),
        ("RAPTOR__TRANSPORT__ADVERTISE", "10.7.0.0/16"),
        ("RAPTOR__CLUSTER__SEEDS", "nodes:9899"),
    ] {
        assert!(read(&[file], &[variable]).is_ok(), "{variable:?}");
    }
}

#[test]
fn where_others_reach_a_node_is_a_host_a_network_or_found_out() {
    let everywhere = "transport.listen = \"0.0.0.0:9899\"\ncluster.seeds = [\"nodes:9899\"]\n";
    let advertise = |text: &str| {
        let file = format!("{everywhere}transport.advertise = \"{text}\"\n");
        read(&[&file], &[]).unwrap().transport.advertise
    };
    let host = "node-a:9899".parse().unwrap();
    assert_eq!(advertise("node-a:9899"), Some(Advertise::At(host)));
    assert_eq!(advertise("auto"), Some(Advertise::Automatic));
    let network = Some(Advertise::Within("10.7.0.0/16".parse().unwrap()));
    assert_eq!(advertise("10.7.0.0/16"), network);
    assert_eq!(advertise("10.7.9.9/16"), network);
}

#[test]
fn an_address_is_found_out_only_where_it_can_be() {
    for (file, reason) in [
        (
            "transport.advertise = \"auto\"\ncluster.seeds = [\"nodes:9899\"]",
            "\"auto\" is for a node that listens on all addresses: leave it out, or set \
             transport.listen = \"0.0.0.0:9899\" (or \"[::]:9899\")",
        ),
        (
            "transport.advertise = \"fd00::/64\"\ntransport.listen = \"0.0.0.0:9899\"",
            "no address in \"fd00::/64\" is listened on by transport.listen = \"0.0.0.0:9899\"",
        ),
        (
            "transport.advertise = \"auto\"\ntransport.listen = \"0.0.0.0:9899\"",
            "\"auto\" is the address towards a seed: set cluster.seeds too",
        ),
        (
            "transport.advertise = \"10.7.0.0/33\"",
            "\"10.7.0.0/33\" is no network, such as \"10.7.0.0/16\" or \"fd00:7::/64\"",
        ),
        (
            "transport.advertise = \"automatic\"",
            "\"automatic\" is no host with a port, such as \"10.0.0.7:9899\", \"node-b:9899\" or \
             \"[::1]:9899\"; and neither \"auto\" nor a network, such as \"10.7.0.0/16\"",
        ),
        (
            "transport.advertise = 5",
            "takes \"auto\", a network such as \"10.7.0.0/16\", or a host with a port, not 5",
        ),
    ] {
        assert_eq!(
            problems(file),
            [format!("a.toml: transport.advertise: {reason}")]
        );
    }
}

#[test]
fn namespaces_have_keys_and_each_its_own() {
    let file = "gateway.namespaces = [\"shop=u1:k1\", \"ops=u2:k2\"]\ngateway.guest = true\n";
    let gateway = read(&[file], &[]).unwrap().gateway;
    assert!(gateway.guest);
    let names: Vec<_> = gateway
        .namespaces
        .iter()
        .map(|key| &*key.namespace)
        .collect();
    assert_eq!(names, ["shop", "ops"]);
    let shown = format!("{gateway:?}");
    assert!(!shown.contains("k1"), "a secret is shown: {shown}");
    let variables = [
        ("RAPTOR__GATEWAY__NAMESPACES", "shop=u1:k1,ops=u2:k2"),
        ("RAPTOR__GATEWAY__GUEST", "true"),
    ];
    assert_eq!(read(&[], &variables).unwrap().gateway, gateway);
    for (line, reason) in [
        (
            "namespaces = [\"shop=u1:k1\", \"shop=u2:k2\"]",
            "namespaces: the namespace \"shop\" is there twice",
        ),
        (
            "namespaces = [\"shop=u1:k1\", \"ops=u1:k2\"]",
            "namespaces: the key of \"ops\" is another namespace's too",
        ),
        (
            "namespaces = [\"guest=u1:k1\"]\nguest = true",
            "namespaces: the namespace \"guest\" is there twice",
        ),
        (
            "namespaces = [\"shop=secret\"]",
            "namespaces: takes namespaces with their keys, such as \"shop=UUID:KEY\"",
        ),
        (
            "guest = true\nnamespace_limits = [\"guest: concurrent=5\"]",
            "namespace_limits: takes namespaces with their limits, such as \"shop: \
             invocations_per_minute=6000 concurrent_invocations=500\", not \"guest: \
             concurrent=5\"",
        ),
        (
            "namespace_limits = [\"shop: concurrent_invocations=5\"]",
            "namespace_limits: there is no namespace \"shop\"",
        ),
        (
            "guest = \"perhaps\"",
            "guest: takes true or false, not \"perhaps\"",
        ),
        (
            "listen = \"127.0.0.1:3233\"",
            "listen: nobody could use it: set gateway.namespaces, gateway.namespaces_file or gateway.guest",
        ),
        (
            "api_host = \"10.0.0.7\"",
            "api_host: takes a URL such as \"http://10.0.0.7:3233\", not \"10.0.0.7\"",
        ),
        (
            "timeout_min = \"10m\"",
            "timeout_min: must not be longer than gateway.timeout_max",
        ),
        (
            "memory_mb_min = 1024",
            "memory_mb_min: must not be more than gateway.memory_mb_max",
        ),
    ] {
        let file = format!("[gateway]\n{line}\n");
        assert_eq!(problems(&file), [format!("a.toml: gateway.{reason}")]);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let told = check(Path::new("/no/such/file.toml"))
        .unwrap_err()
        .to_string();
    assert!(
        told.starts_with("use the configuration:\n  /no/such/file.toml: cannot be read: "),
        "{told}"
    );
}

#[test]
fn hosts_are_names_or_addresses_and_have_a_port() {
    for text in [
        "node-b:9899",
        "10.0.0.7:1",
        "[::1]:65535",
        "node_b.zone.example:80",
    ] {
        assert_eq!(text.parse::<HostPort>().unwrap().to_string(), text);
    }
    for text in [
        "node-b",
        ":1",
        "node b:1",
        "::1:80",
        "[x]:1",
        "a:0",
        "a:65536",
        "http://a:1",
    ] {
        assert!(text.parse::<HostPort>().is_err(), "{text}");
    }
}

#[test]
fn rules_for_packets_are_a_list_or_a_text_with_commas() {
    let file = "transport.shaping = [\"zone-a <-> zone-b delay=5ms loss=1%\", \"* -> * cut\"]\n";
    let of_file = read(&[file], &[]).unwrap().transport;
    let rules = "zone-a <-> zone-b delay=5ms loss=1%, * -> * cut";
    let variables = [
        ("RAPTOR__TRANSPORT__SHAPING", rules),
        ("RAPTOR__TRANSPORT__SHAPING_SEED", "7"),
    ];
    let of_environment = read(&[], &variables).unwrap().transport;
    assert_eq!(of_file.shaping, of_environment.shaping);
    let texts: Vec<_> = of_file.shaping.iter().map(ToString::to_string).collect();
    assert_eq!(texts.join(", "), rules);
    assert_eq!((of_file.shaping_seed, of_environment.shaping_seed), (0, 7));
}

#[test]
fn a_rule_that_is_none_is_told_with_what_may_stand_there() {
    assert_eq!(
        problems("transport.shaping = [\"a -> b cut\", \"a -> b los=1%\"]\n"),
        [
            "a.toml: transport.shaping: the rule \"a -> b los=1%\": there is no effect \"los=1%\"; \
             there are delay=, jitter=, loss=, duplicate=, reorder=, rate=, cut and plain"
        ]
    );
    assert_eq!(
        problems("transport.shaping = 3\n"),
        [
            "a.toml: transport.shaping: takes a list, such as [\"zone-a <-> zone-b delay=5ms \
             loss=1%\"], not 3"
        ]
    );
}

#[test]
fn the_kernels_sctp_shapes_no_packets() {
    let file = "[transport]\nbackend = \"kernel\"\nshaping = [\"a -> b cut\"]\n";
    assert_eq!(
        problems(file),
        [
            "a.toml: transport.shaping: the kernel's SCTP does not shape packets: set \
             transport.backend = \"userspace\", or shape the host's interfaces by tc-netem(8)"
        ]
    );
}
