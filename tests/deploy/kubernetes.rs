//! `deploy/kubernetes`: what Kubernetes would take, and what a kubelet would run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use raptor::config::Settings;
use serde_json::{Value, json};

use crate::kustomization::{BOTH, Functions, Kustomization, Objects, home, json as yaml, told};
use crate::pod::{Pod, Seed, configuration, container, text, words};
use crate::support::{Program, Stage, until};

/// What kustomize 2.0.3 knows, as it is in kubectl 1.20, and whatever came since.
const KNOWN_TO_ALL: [&str; 7] = [
    "bases",
    "configMapGenerator",
    "images",
    "nameSuffix",
    "namespace",
    "patchesStrategicMerge",
    "resources",
];

/// Each StatefulSet as it is in the repository, by its zone.
fn zones(objects: &Objects) -> BTreeMap<&str, &Value> {
    let sets: Vec<&Value> = objects.of("StatefulSet").collect();
    let named = sets
        .iter()
        .map(|set| (text(&set["metadata"]["labels"]["zone"]), *set));
    let zones: BTreeMap<&str, &Value> = named.collect();
    assert_eq!(zones.len(), sets.len(), "each has a zone of its own");
    zones
}

/// What the file alone of a StatefulSet's pods says.
fn settings(objects: &Objects, set: &Value) -> Settings {
    let stage = Stage::new();
    let file = stage.write("node.toml", configuration(objects, set));
    raptor::config::check(&file).unwrap_or_else(|problems| panic!("failed to {problems}"))
}

/// Whether a selector takes pods that have such labels.
fn selects(selector: &Value, pod: &Value) -> bool {
    let wanted = selector.as_object().expect("it is an object");
    !wanted.is_empty() && wanted.iter().all(|(name, value)| &pod[name] == value)
}

#[test]
fn every_object_is_valid_in_the_oldest_kubernetes_that_is_meant_and_in_the_newest_known() {
    for functions in BOTH {
        let Some(kustomization) = Kustomization::of(functions) else {
            return;
        };
        let objects = kustomization.objects();
        let agreed = kustomization.validate();
        let passed = agreed.matches(" passed for resource ").count();
        assert_eq!(passed, 2 * objects.all().len(), "{agreed}");
    }
}

#[test]
fn what_no_kubernetes_knows_is_found() {
    let Some(kustomization) = Kustomization::of(Functions::AsTheNode) else {
        return;
    };
    let file = kustomization.join("zone/statefulset.yaml");
    let mended = fs::read_to_string(&file).expect("it was copied");
    fs::write(
        &file,
        mended.replace("enableServiceLinks", "enableServicesLink"),
    )
    .expect("room");
    let mut validate = Command::new(home().join("validate"));
    let output = validate
        .arg(kustomization.join("cluster"))
        .output()
        .expect("there is bash");
    assert!(!output.status.success(), "{output:?}");
}

#[test]
fn kubectl_from_1_20_on_knows_all_that_is_asked_of_it() {
    if Kustomization::of(Functions::AsTheNode).is_none() {
        return;
    }
    for folder in ["cluster", "zone", "zone-a", "zone-b", "zone-c"] {
        let file = home().join(folder).join("kustomization.yaml");
        let text = fs::read_to_string(&file).expect("it is there");
        let [kustomization] = &yaml(&text)[..] else {
            panic!("{}: one document", file.display());
        };
        let fields = kustomization.as_object().expect("it is an object").keys();
        for field in fields {
            assert!(
                KNOWN_TO_ALL.contains(&&**field),
                "{}: {field}",
                file.display()
            );
        }
    }
}

#[test]
fn each_zone_has_the_pods_that_say_they_are_in_it_on_its_own_machines() {
    let Some(kustomization) = Kustomization::of(Functions::AsTheNode) else {
        return;
    };
    let objects = kustomization.objects();
    let zones = zones(&objects);
    assert_eq!(
        zones.keys().copied().collect::<Vec<_>>(),
        ["zone-a", "zone-b", "zone-c"]
    );
    for (zone, set) in zones {
        let spec = &set["spec"];
        let pod = &spec["template"];
        assert_eq!(
            pod["spec"]["nodeSelector"],
            json!({ "topology.kubernetes.io/zone": zone })
        );
        assert_eq!(pod["metadata"]["labels"]["zone"], zone);
        assert_eq!(spec["selector"]["matchLabels"]["zone"], zone);
        assert!(selects(
            &spec["selector"]["matchLabels"],
            &pod["metadata"]["labels"]
        ));
        let spread = &pod["spec"]["topologySpreadConstraints"][0];
        assert_eq!(spread["topologyKey"], "kubernetes.io/hostname");
        assert!(selects(
            &spread["labelSelector"]["matchLabels"],
            &pod["metadata"]["labels"]
        ));
    }
}

#[test]
fn all_that_selects_pods_selects_those_of_every_zone() {
    let Some(kustomization) = Kustomization::of(Functions::AsTheNode) else {
        return;
    };
    let objects = kustomization.objects();
    let nodes = objects.named("Service", "raptor-nodes");
    let gateway = objects.named("Service", "raptor-gateway");
    let [budget] = objects.of("PodDisruptionBudget").collect::<Vec<_>>()[..] else {
        panic!("one budget");
    };
    let [policy] = objects.of("NetworkPolicy").collect::<Vec<_>>()[..] else {
        panic!("one policy");
    };
    for set in zones(&objects).values() {
        let labels = &set["spec"]["template"]["metadata"]["labels"];
        assert!(selects(&nodes["spec"]["selector"], labels));
        assert!(selects(&gateway["spec"]["selector"], labels));
        assert!(selects(&budget["spec"]["selector"]["matchLabels"], labels));
        assert!(selects(
            &policy["spec"]["podSelector"]["matchLabels"],
            labels
        ));
        assert_eq!(set["spec"]["serviceName"], "raptor-nodes");
    }
    assert_eq!(nodes["spec"]["clusterIP"], "None");
    assert_eq!(nodes["spec"]["publishNotReadyAddresses"], true);
}

#[test]
fn the_ports_are_those_that_nodes_listen_on() {
    let Some(kustomization) = Kustomization::of(Functions::AsTheNode) else {
        return;
    };
    let objects = kustomization.objects();
    let service = |name| &objects.named("Service", name)["spec"]["ports"];
    for set in zones(&objects).values() {
        let settings = settings(&objects, set);
        let transport = settings.transport.listen.port();
        let gateway = settings.gateway.listen.expect("there is a gateway").port();
        let metrics = settings.metrics.listen.expect("there are metrics").port();
        let expected = json!([
            { "containerPort": transport, "name": "sctp-over-udp", "protocol": "UDP" },
            { "containerPort": gateway, "name": "gateway" },
            { "containerPort": metrics, "name": "metrics" },
        ]);
        let ports = &container(set)["ports"];
        assert_eq!(without_tcp(ports), expected);
        let nodes = json!([{ "name": "sctp-over-udp", "port": transport, "protocol": "UDP" }]);
        assert_eq!(*service("raptor-nodes"), nodes);
        let http = json!([{ "name": "http", "port": gateway, "targetPort": "gateway" }]);
        assert_eq!(*service("raptor-gateway"), http);
        let seeds: Vec<_> = settings
            .cluster
            .seeds
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(seeds, [format!("raptor-nodes:{transport}")]);
        let host = settings
            .gateway
            .api_host
            .expect("actions are told where to go");
        assert_eq!(host, format!("http://raptor-gateway:{gateway}"));
        let policy = objects.of("NetworkPolicy").next().expect("there is one");
        let rules = policy["spec"]["ingress"].as_array().expect("it is a list");
        let open: BTreeSet<_> = rules
            .iter()
            .map(|rule| rule["ports"][0]["port"].as_u64())
            .collect();
        let ports = [transport, gateway, metrics].map(|port| Some(port.into()));
        assert_eq!(open, BTreeSet::from(ports));
        let scraped = &set["spec"]["template"]["metadata"]["annotations"]["prometheus.io/port"];
        assert_eq!(*scraped, metrics.to_string());
    }
}

/// Some kubectl say of a port that it is TCP's, which it is without a word.
fn without_tcp(ports: &Value) -> Value {
    let mut ports = ports.clone();
    for port in ports.as_array_mut().expect("it is a list") {
        let port = port.as_object_mut().expect("it is an object");
        if port
            .get("protocol")
            .is_some_and(|protocol| protocol == "TCP")
        {
            port.remove("protocol");
        }
    }
    ports
}

#[test]
fn a_pod_that_ends_says_so_in_time_and_may_finish_its_longest_action() {
    let Some(kustomization) = Kustomization::of(Functions::AsTheNode) else {
        return;
    };
    let objects = kustomization.objects();
    for set in zones(&objects).values() {
        let longest = settings(&objects, set).gateway.timeout_max;
        let grace = &set["spec"]["template"]["spec"]["terminationGracePeriodSeconds"];
        assert!(grace.as_u64().expect("it is a number") > longest.as_secs());
        let probe = &container(set)["readinessProbe"];
        let number = |key: &str| probe[key].as_u64().expect("it is a number");
        let noticed = number("periodSeconds") * number("failureThreshold");
        assert!(settings(&objects, set).gateway.drain_notice.as_secs() > noticed);
    }
}

#[test]
fn pods_have_no_more_power_than_they_need() {
    for functions in BOTH {
        let Some(kustomization) = Kustomization::of(functions) else {
            return;
        };
        let objects = kustomization.objects();
        for set in zones(&objects).values() {
            let pod = &set["spec"]["template"]["spec"];
            assert_eq!(pod["automountServiceAccountToken"], false);
            assert_eq!(pod["enableServiceLinks"], false);
            assert_eq!(
                pod["securityContext"]["seccompProfile"]["type"],
                "RuntimeDefault"
            );
            let context = &container(set)["securityContext"];
            assert_eq!(context["allowPrivilegeEscalation"], false);
            assert_eq!(context["readOnlyRootFilesystem"], true);
            assert_eq!(context["capabilities"]["drop"], json!(["ALL"]));
            let user = (
                &pod["securityContext"]["runAsUser"],
                &context["capabilities"]["add"],
            );
            match functions {
                Functions::AsTheNode => {
                    assert_eq!(user, (&json!(65532), &Value::Null));
                    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
                }
                Functions::AsNobody => {
                    let systemds = crate::unit::Unit::read().capabilities();
                    let added = words(user.1).into_iter().map(|name| format!("CAP_{name}"));
                    assert_eq!((user.0, added.collect()), (&json!(0), systemds));
                }
            }
        }
    }
}

#[test]
fn the_secret_that_the_page_has_one_make_holds_what_pods_read() {
    let Some(kustomization) = Kustomization::of(Functions::AsTheNode) else {
        return;
    };
    let stage = Stage::new();
    provision(&stage);
    let mut kubectl = Command::new("kubectl");
    kubectl.args([
        "create",
        "secret",
        "generic",
        "raptor-keys",
        "--dry-run=client",
        "-o",
        "json",
    ]);
    kubectl.arg(format!("--from-file={}", stage.join("keys").display()));
    let secret: Value = serde_json::from_str(&told(&mut kubectl)).expect("it is JSON");
    let objects = kustomization.objects();
    for set in zones(&objects).values() {
        let volumes = set["spec"]["template"]["spec"]["volumes"]
            .as_array()
            .expect("a list");
        let named = volumes
            .iter()
            .find_map(|volume| volume["secret"]["secretName"].as_str());
        assert_eq!(named, Some(text(&secret["metadata"]["name"])));
        let settings = settings(&objects, set);
        let [key, namespaces] = [
            settings.transport.key_file,
            settings.gateway.namespaces_file,
        ];
        for file in [key, namespaces] {
            let file = file.expect("it is set");
            let name = file.strip_prefix("/keys").expect("it is in the secret");
            let name = name.to_str().expect("it is UTF-8");
            assert!(secret["data"][name].is_string(), "{name}");
        }
    }
}

/// As the page says.
fn provision(stage: &Stage) {
    let keys = stage.join("keys");
    let mut raptor = Command::new(env!("CARGO_BIN_EXE_raptor"));
    raptor.args(["key", "provision"]).arg(keys);
    raptor.arg("--passes").arg(stage.join("passes"));
    told(raptor.args(["--namespace", "shop"]));
}

#[tokio::test]
async fn pods_of_three_zones_form_a_cluster_and_their_probes_agree() {
    let Some(kustomization) = Kustomization::of(Functions::AsTheNode) else {
        return;
    };
    let objects = kustomization.objects();
    let stage = Stage::new();
    provision(&stage);
    let mut seed = Seed::Itself;
    let mut started = Vec::new();
    for set in zones(&objects).values() {
        let pod = Pod::first_of(&stage, &objects, set, seed);
        seed = Seed::Other(pod.address());
        started.push((pod.start(&stage), pod));
    }
    for (_, pod) in &started {
        let met = || (pod.log(&stage).matches("a node is up").count() >= 2).then_some(());
        until("two other nodes", met).await;
        for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
            pod.passes(&stage, probe).await;
        }
    }
    let (_, first) = &started[0];
    let address = first.address().to_string();
    let admin = Program::new(&stage, &["admin", "--json", "--node", &address, "--key"]);
    let told = admin
        .arg(stage.join("passes/admin.key"))
        .arg("status")
        .run()
        .await;
    let told: Value = serde_json::from_str(&told.stdout).unwrap_or_else(|_| panic!("{told:?}"));
    assert_eq!(
        (&told["node"], &told["zone"]),
        (&json!("raptor-zone-a-0"), &json!("zone-a"))
    );
    assert_eq!(told["load"]["slots"], 2);
}

#[tokio::test]
async fn the_probes_of_a_pod_whose_node_is_dead_fail() {
    let Some(kustomization) = Kustomization::of(Functions::AsTheNode) else {
        return;
    };
    let objects = kustomization.objects();
    let stage = Stage::new();
    provision(&stage);
    let zones = zones(&objects);
    let pod = Pod::first_of(&stage, &objects, zones["zone-a"], Seed::Itself);
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        let ended = pod.probe(&stage, probe).await;
        assert_eq!(ended.status, Some(1), "{probe}: {ended:?}");
    }
}
