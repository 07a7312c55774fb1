//! The table of keys: what there is to configure, what it means, its default and its parser.
//!
//! The one place to add a key. The types, the reference (`conf/node.toml`) and the messages all
//! come from here.

use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::time::Duration;

use raptor_cluster::ShapingRule;
use raptor_core::ClusterName;
use raptor_core::{NodeId, Zone};

use super::layer::Layers;
use super::parse;
use super::raw::Literal::{EmptyList, Flag, Number, Text};
use super::reference::{Key, Section};
use super::{
    Advertise, Backend, Encapsulation, HostPort, LogFormat, NamespaceKey, NamespaceLimits,
    Namespaces, Security,
};

macro_rules! settings {
    ($(
        $(#[doc = $about:literal])*
        $section:ident: $Section:ident {
            $(
                $(#[doc = $meaning:literal])*
                $key:ident: $type:ty = $default:expr, $parse:expr;
            )*
        }
    )*) => {
        $(
            $(#[doc = $about])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $Section {
                $(
                    $(#[doc = $meaning])*
                    pub $key: $type,
                )*
            }

            impl $Section {
                fn read(layers: &mut Layers) -> Option<Self> {
                    $(
                        let path = concat!(stringify!($section), ".", stringify!($key));
                        let $key = layers.read(path, $default, $parse);
                    )*
                    Some(Self { $($key: $key?),* })
                }
            }
        )*

        /// What a node works with, parsed and complete.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Settings {
            $(
                $(#[doc = $about])*
                pub $section: $Section,
            )*
        }

        /// The table, for the reference.
        pub(super) const SECTIONS: &[Section] = &[$(
            Section {
                name: stringify!($section),
                meaning: &[$($about),*],
                keys: &[$(
                    Key {
                        path: concat!(stringify!($section), ".", stringify!($key)),
                        name: stringify!($key),
                        default: $default,
                        meaning: &[$($meaning),*],
                    },
                )*],
            },
        )*];

        impl Settings {
            /// Reads every key, so that all problems are found; None if one was.
            fn read(layers: &mut Layers) -> Option<Self> {
                $(let $section = $Section::read(layers);)*
                Some(Self { $($section: $section?),* })
            }
        }
    };
}

impl Settings {
    /// Reads every key, and what keys ask of each other. What is wrong stays in `layers`.
    pub(super) fn from_layers(layers: &mut Layers) -> Option<Self> {
        let settings = Self::read(layers)?;
        let TransportSettings {
            backend,
            listen_also,
            shaping,
            ..
        } = &settings.transport;
        if *backend == Backend::Userspace && !listen_also.is_empty() {
            let reason = "only transport.backend = \"kernel\" has several addresses".to_owned();
            layers.refuse("transport.listen_also", reason);
        }
        if *backend == Backend::Kernel && !shaping.is_empty() {
            let reason = "the kernel's SCTP does not shape packets: set transport.backend = \
                          \"userspace\", or shape the host's interfaces by tc-netem(8)";
            layers.refuse("transport.shaping", reason.to_owned());
        }
        settings.check_advertise(layers);
        let MembershipSettings {
            probe_period,
            probe_timeout,
            ..
        } = settings.membership;
        if probe_timeout >= probe_period {
            let reason = "must be shorter than membership.probe_period".to_owned();
            layers.refuse("membership.probe_timeout", reason);
        }
        settings.gateway.check(layers);
        Some(settings)
    }
}

impl Settings {
    /// Whether the others can reach the node.
    fn check_advertise(&self, layers: &mut Layers) {
        let listen = self.transport.listen;
        let has_seeds = !self.cluster.seeds.is_empty();
        let (advertise, network) = match &self.transport.advertise {
            None if listen.ip().is_unspecified() && !has_seeds => {
                let reason = format!(
                    "others cannot reach {listen}: set transport.advertise too, or cluster.seeds, \
                     towards which this host has an address"
                );
                return layers.refuse("transport.listen", reason);
            }
            None | Some(Advertise::At(_)) => return,
            Some(Advertise::Automatic) => ("\"auto\"".to_owned(), None),
            Some(Advertise::Within(network)) => (format!("\"{network}\""), Some(network)),
        };
        let reason = if !listen.ip().is_unspecified() {
            let port = listen.port();
            format!(
                "{advertise} is for a node that listens on all addresses: leave it out, or set \
                 transport.listen = \"0.0.0.0:{port}\" (or \"[::]:{port}\")"
            )
        } else if network.is_some_and(|it| it.addr().is_ipv4() != listen.is_ipv4()) {
            format!("no address in {advertise} is listened on by transport.listen = \"{listen}\"")
        } else if network.is_none() && !has_seeds {
            format!("{advertise} is the address towards a seed: set cluster.seeds too")
        } else {
            return;
        };
        layers.refuse("transport.advertise", reason);
    }
}

impl GatewaySettings {
    /// What its keys ask of each other.
    fn check(&self, layers: &mut Layers) {
        let mut namespaces = Namespaces::default();
        let guest = self.guest.then(NamespaceKey::guest);
        for key in self.namespaces.iter().cloned().chain(guest) {
            if let Err(conflict) = namespaces.add(key) {
                layers.refuse("gateway.namespaces", conflict.to_string());
            }
        }
        // What is in a file is seen when it is read.
        if self.namespaces_file.is_none() {
            self.check_complete(&namespaces, layers);
        }
        if self.timeout_min > self.timeout_max {
            let reason = "must not be longer than gateway.timeout_max".to_owned();
            layers.refuse("gateway.timeout_min", reason);
        }
        if self.memory_mb_min > self.memory_mb_max {
            let reason = "must not be more than gateway.memory_mb_max".to_owned();
            layers.refuse("gateway.memory_mb_min", reason);
        }
    }
}

impl GatewaySettings {
    /// What its keys ask of the namespaces, if these are all that there are.
    fn check_complete(&self, namespaces: &Namespaces, layers: &mut Layers) {
        for limits in &self.namespace_limits {
            if namespaces.get(&limits.namespace).is_none() {
                let reason = format!("there is no namespace {:?}", limits.namespace);
                layers.refuse("gateway.namespace_limits", reason);
            }
        }
        if self.listen.is_some() && namespaces.is_empty() {
            let reason = "nobody could use it: set gateway.namespaces, gateway.namespaces_file or \
                          gateway.guest";
            layers.refuse("gateway.listen", reason.to_owned());
        }
    }
}

impl Default for Settings {
    /// The defaults of all keys, without any file or variable.
    fn default() -> Self {
        Self::from_layers(&mut Layers::default()).expect("defaults are never refused")
    }
}

settings! {
    /// This node.
    node: NodeSettings {
        /// Its name, unique in the cluster. Unset: the host's name.
        name: Option<NodeId> = Text(""), |raw| parse::optional(raw, parse::node);
        /// Its failure domain. The members of a flight are spread over zones.
        zone: Zone = Text("local"), parse::zone;
        /// How much runs at once, in slots; an attempt takes its function's `slots_weight`, which
        /// is 1 unless the manifest says otherwise. 0: as many as there are processors.
        slots: Option<NonZeroU16> = Number(0), parse::count_or_automatic;
        /// How many attempts may wait for slots; more are refused.
        queue_attempts_max: u32 = Number(1024), parse::count_or_none;
        /// How many processes may wait, started ahead, for functions of files that may be flown
        /// again; each takes the memory of an interpreter. 0: none.
        warm_max: u16 = Number(8), parse::warm_count;
        /// The user id that functions run as if the node runs as root. Unset: that of nobody.
        function_uid: Option<u32> = Text(""), |raw| parse::optional(raw, parse::unprivileged_uid);
        /// Where the node keeps unpacked actions, and attempts their temporary files; nodes may
        /// share it. Unset: a directory of the user's in the system's for temporary files.
        state_dir: Option<PathBuf> = Text(""), |raw| parse::optional(raw, parse::path);
    }

    /// The nodes that work together.
    cluster: ClusterSettings {
        /// Nodes of another cluster are not spoken to.
        name: ClusterName = Text("raptor"), parse::cluster;
        /// Nodes to ask for the others at the start, by address or name, with their ports. None:
        /// this node waits to be found.
        seeds: Vec<HostPort> = EmptyList, parse::host_ports;
    }

    /// How nodes speak with each other.
    transport: TransportSettings {
        /// "userspace" (SCTP over UDP, RFC 6951), "kernel" (its SCTP), or "auto": the kernel's if
        /// it has one, else userspace.
        backend: Backend = Text("userspace"), |raw| parse::choice(raw, Backend::WORDS);
        /// "noise": peers are authenticated and what they say is encrypted, with the key of `key_file`.
        /// "none": neither; then only a loopback address is listened on.
        security: Security = Text("noise"), |raw| parse::choice(raw, Security::WORDS);
        /// The file with the cluster's key (`raptor key new FILE` makes one), the same for all nodes; or
        /// with two, while they are exchanged. SIGHUP has it read again.
        key_file: Option<PathBuf> = Text(""), |raw| parse::optional(raw, parse::path);
        /// After how long without a word an association with another node ends, until it is needed again.
        idle_timeout: Duration = Text("30s"), parse::wait;
        /// The address and port that this node listens on.
        listen: SocketAddr = Text("127.0.0.1:9899"), parse::socket;
        /// Further addresses of this host, without ports: peers go on over the others when one is cut
        /// off. Only for the kernel's SCTP.
        listen_also: Vec<IpAddr> = EmptyList, parse::addresses;
        /// What carries the packets of the kernel's SCTP: "udp", so that userspace peers and clients
        /// are reached too (set `sysctl net.sctp.udp_port` to the port of `listen`), or "none".
        kernel_encapsulation: Encapsulation = Text("udp"), |raw| parse::choice(raw, Encapsulation::WORDS);
        /// Where the others reach it, for a node that listens on all addresses (0.0.0.0 or ::) or is
        /// reached by another one than it listens on: an address or name, with the port; a network
        /// such as "10.7.0.0/16", in which its host has an address; or "auto": its host's address
        /// towards the first of `cluster.seeds` that has one. Where that address changes, the node
        /// has moved: the others are told, and flights go on. Unset: `listen`, or "auto" if that is
        /// all addresses.
        advertise: Option<Advertise> = Text(""), |raw| parse::optional(raw, parse::advertise);
        /// For testbeds: what is done to packets between zones. Every node heeds the rules whose
        /// sender is its own zone, and of those the first that matches: "zone-a -> zone-b
        /// delay=5ms jitter=1ms loss=1%", "zone-a <-> * duplicate=1% reorder=1% rate=10mbit",
        /// "zone-a <-> zone-b cut" or "zone-a -> * plain". Clients are in the zone "client",
        /// administrators in "admin", and whoever has not said where it is only in "*". `raptor
        /// admin shaping` changes the rules while the node runs. Not for the kernel's SCTP.
        shaping: Vec<ShapingRule> = EmptyList, parse::shaping;
        /// What the dice of `shaping` are seeded with.
        shaping_seed: u32 = Number(0), parse::count_or_none;
    }

    /// How closely nodes watch each other. All nodes of a cluster should have the same. The
    /// defaults are for round trips of a few milliseconds: a node that is killed is missed within
    /// half a second, a silent one within three.
    membership: MembershipSettings {
        /// How often a node asks one other whether it lives. A silent node is missed after up to
        /// seven of these, and the suspicion.
        probe_period: Duration = Text("200ms"), parse::wait;
        /// How long an answer may take before others are asked to ask; less than the period.
        probe_timeout: Duration = Text("80ms"), parse::wait;
        /// How long a node that did not answer has to say that it lives, before it is down. It
        /// must be longer than a node may be kept from its processor.
        suspicion: Duration = Text("1s"), parse::wait;
        /// How often news are passed on, while there are any.
        gossip_period: Duration = Text("100ms"), parse::wait;
        /// To how many nodes at a time.
        gossip_fanout: NonZeroU16 = Number(3), parse::count;
        /// How long a node that is down is looked for.
        memory: Duration = Text("10m"), parse::wait;
    }

    /// How flights are flown.
    flight: FlightSettings {
        /// How many attempts of one flight a member runs at once.
        slots: NonZeroU16 = Number(1), parse::count;
        /// How long a recruit is awaited before the flight goes on without it.
        join_timeout: Duration = Text("2s"), parse::wait;
        /// How long an attempt has between SIGTERM and SIGKILL.
        grace: Duration = Text("20ms"), parse::duration;
        /// How long the leader waits for the last words of its followers, for the record.
        debrief_timeout: Duration = Text("1s"), parse::wait;
        /// The most members that a flight gets, whatever its manifest asks for.
        size_max: NonZeroU16 = Number(16), parse::flight_size;
    }

    /// What one node takes on; more is refused, not queued.
    limits: LimitSettings {
        /// Flights that it leads at once.
        flights_led_max: NonZeroU32 = Number(256), parse::large_count;
        /// Flights of other nodes that it follows at once: a flight has one leader and some
        /// followers, so more than it leads.
        flights_followed_max: NonZeroU32 = Number(1024), parse::large_count;
        /// The size of what a function gives. It must fit into one message, of 16 MiB.
        value_bytes_max: NonZeroU64 = Text("15 MiB"), parse::value_bytes;
        /// The size of one attempt's log; the rest is dropped, with a note.
        log_bytes_max: NonZeroU64 = Text("1 MiB"), parse::bytes;
    }

    /// OpenWhisk's REST interface, for `wsk` and OpenWhisk's other clients.
    gateway: GatewaySettings {
        /// The address and port that it listens on, over HTTP. Unset: there is none.
        listen: Option<SocketAddr> = Text(""), |raw| parse::optional(raw, parse::socket);
        /// Where actions find it, as `__OW_API_HOST` tells them: "http://10.0.0.7:3233". Unset:
        /// http:// and `listen`.
        api_host: Option<String> = Text(""), |raw| parse::optional(raw, parse::url);
        /// The namespaces, each with its key: "namespace=uuid:key". The same on all nodes.
        namespaces: Vec<NamespaceKey> = EmptyList, parse::namespaces;
        /// A file with more of them, one a line (`raptor key provision` makes one). SIGHUP has it read
        /// again.
        namespaces_file: Option<PathBuf> = Text(""), |raw| parse::optional(raw, parse::path);
        /// Whether OpenWhisk's published key opens the namespace "guest", from the loopback only.
        guest: bool = Flag(false), parse::flag;
        /// How many invocations a namespace may make in a minute, on one node.
        invocations_per_minute: NonZeroU32 = Number(60), parse::large_count;
        /// Namespaces that may ask for more, or for less:
        /// "shop: invocations_per_minute=6000 concurrent_invocations=500".
        namespace_limits: Vec<NamespaceLimits> = EmptyList, parse::namespace_limits;
        /// How many of a namespace's activations run at once, on one node. A flight is one.
        concurrent_invocations: NonZeroU32 = Number(30), parse::large_count;
        /// The least that an action may ask for as its timeout.
        timeout_min: Duration = Text("100ms"), parse::wait;
        /// The most.
        timeout_max: Duration = Text("5m"), parse::wait;
        /// The least that an action may ask for as its memory, in MB.
        memory_mb_min: NonZeroU32 = Number(128), parse::large_count;
        /// The most.
        memory_mb_max: NonZeroU32 = Number(512), parse::large_count;
        /// The most that an action may ask for as the size of its log, in MB.
        logs_mb_max: u32 = Number(10), parse::count_or_none;
        /// The most that an action may ask for as its concurrency.
        concurrency_max: NonZeroU32 = Number(1), parse::large_count;
        /// How many actions a sequence may have, those of sequences in it included.
        sequence_actions_max: NonZeroU32 = Number(50), parse::large_count;
        /// How much code all actions may have together; every node keeps it, on disk.
        code_bytes_max: NonZeroU64 = Text("1 GiB"), parse::bytes;
        /// How many activations a node remembers, in memory.
        activations_max: NonZeroU32 = Number(10000), parse::large_count;
        /// How many bytes their results and logs may have together.
        activations_bytes_max: NonZeroU64 = Text("256 MiB"), parse::bytes;
        /// How long, at least, a gateway that is to end says that it is going: it refuses requests
        /// by a 503, so that whoever spreads them over nodes notices and asks another. Longer than
        /// the interval of its checks of `/invokers/ready`.
        drain_notice: Duration = Text("2s"), parse::duration;
        /// Images whose blackbox actions are taken, and run as openwhisk/dockerskeleton runs them,
        /// on the node itself. None: blackbox actions are refused.
        blackbox: Vec<String> = EmptyList, parse::words;
    }

    /// What the node tells Prometheus.
    metrics: MetricSettings {
        /// The address and port of the metrics, over HTTP. Unset: there are none.
        listen: Option<SocketAddr> = Text(""), |raw| parse::optional(raw, parse::socket);
    }

    /// What the node tells people.
    log: LogSettings {
        /// Levels by target, as `tracing` reads them: "info,raptor_cluster=debug".
        filter: String = Text("info"), parse::filter;
        /// "text" or "json".
        format: LogFormat = Text("text"), |raw| parse::choice(raw, LogFormat::WORDS);
    }

    /// What functions are run with.
    launcher: LauncherSettings {
        /// The Python interpreter, by its name in PATH or its path. That of a virtual environment
        /// brings the packages installed there.
        python: PathBuf = Text("python3"), parse::path;
        /// The Node.js interpreter, by its name in PATH or its path.
        nodejs: PathBuf = Text("node"), parse::path;
    }
}
