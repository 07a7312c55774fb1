use std::os::unix::fs::MetadataExt;

use tempfile::TempDir;

use super::*;

/// Two directories, for nodes and for those outside.
struct Places {
    root: TempDir,
}

impl Places {
    fn new() -> Self {
        let root = TempDir::new().expect("there is room");
        Self { root }
    }

    fn nodes(&self, name: &str) -> PathBuf {
        self.root.path().join("nodes").join(name)
    }

    fn outside(&self, name: &str) -> PathBuf {
        self.root.path().join("outside").join(name)
    }

    /// Provisions both; gives what became of which file, or what was wrong.
    fn provision(&self, namespaces: &[&str]) -> Result<Vec<String>, String> {
        let names: Vec<NamespaceName> = namespaces
            .iter()
            .map(|name| name.parse().expect("a name"))
            .collect();
        let root = format!("{}/", self.root.path().display());
        let (nodes, outside) = (self.nodes(""), self.outside(""));
        let provisions = provision(&nodes, Some(&outside), &names);
        provisions
            .map(|all| {
                let lines = all.iter().map(|one| one.to_string().replace(&root, ""));
                let plain = lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
                plain.collect()
            })
            .map_err(|error| error.to_string().replace(&root, ""))
    }

    /// Everything that is there, with the contents.
    fn contents(&self) -> Vec<(PathBuf, String)> {
        let places = [self.nodes(""), self.outside("")];
        let entries = places
            .iter()
            .flat_map(|place| fs::read_dir(place).expect("it is there"));
        let paths = entries.map(|entry| entry.expect("it is there").path());
        let mut contents: Vec<_> = paths
            .map(|path| (path.clone(), fs::read_to_string(path).expect("it is there")))
            .collect();
        contents.sort();
        contents
    }
}

#[test]
fn all_that_a_cluster_and_its_clients_need_is_made_once() {
    let places = Places::new();
    let made = places.provision(&["testbed"]).expect("it is made");
    let ring = KeyRing::read(&places.nodes(CLUSTER_KEY)).expect("it is one");
    let key = names(&ring).into_iter().next().expect("it has one");
    let expected = |deed: &str| {
        [
            format!("{deed} nodes/cluster.key: {key}"),
            format!("{deed} nodes/namespaces: testbed"),
            format!("{deed} outside/client.key: {key}"),
            format!("{deed} outside/admin.key: {key}"),
            format!("{deed} outside/namespaces: testbed"),
        ]
    };
    assert_eq!(made, expected("made"));
    let contents = places.contents();
    for (path, text) in &contents {
        let mode = path.metadata().expect("it is there").mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
        let secret = text.trim().rsplit(':').next().expect("there is one");
        assert!(!made.iter().any(|line| line.contains(secret)), "{made:?}");
    }
    assert_eq!(
        places.provision(&["testbed"]),
        Ok(expected("kept").to_vec())
    );
    assert_eq!(places.provision(&[]), Ok(expected("kept").to_vec()));
    assert_eq!(places.contents(), contents);
}

#[test]
fn what_is_missing_is_made_and_what_is_there_is_kept() {
    let places = Places::new();
    places.provision(&["one"]).expect("it is made");
    let text = |path: PathBuf| fs::read_to_string(path).expect("it is there");
    let (key, namespaces) = (
        text(places.nodes(CLUSTER_KEY)),
        text(places.nodes(NAMESPACES)),
    );
    fs::remove_file(places.outside(CLIENT_KEY)).expect("it is there");
    let told = places.provision(&["one", "two"]).expect("it is made");
    let deeds: Vec<_> = told
        .iter()
        .filter_map(|line| line.split(':').next())
        .collect();
    assert_eq!(
        deeds,
        [
            "kept nodes/cluster.key",
            "extended nodes/namespaces",
            "made outside/client.key",
            "kept outside/admin.key",
            "extended outside/namespaces",
        ]
    );
    assert_eq!(text(places.nodes(CLUSTER_KEY)), key);
    assert!(text(places.nodes(NAMESPACES)).starts_with(&namespaces));
    assert_eq!(
        text(places.outside(NAMESPACES)),
        text(places.nodes(NAMESPACES))
    );
}

#[test]
fn without_namespaces_there_is_no_file_of_them() {
    let places = Places::new();
    assert_eq!(places.provision(&[]).expect("it is made").len(), 3);
    assert!(!places.nodes(NAMESPACES).exists());
}

#[test]
fn nodes_and_clients_may_share_a_directory() {
    let places = Places::new();
    let (nodes, names) = (places.nodes(""), ["one".parse().expect("a name")]);
    let made = provision(&nodes, Some(&nodes), &names).expect("it is made");
    assert_eq!(made.len(), 4);
}

#[test]
fn what_is_broken_or_of_another_cluster_is_an_error_and_stays() {
    let admin = "admin.key";
    let others = Places::new();
    others.provision(&["one"]).expect("it is made");
    let of_others = |path: PathBuf| fs::read_to_string(path).expect("it is there");
    let pass = of_others(others.outside(admin));
    for (path, text, why) in [
        ("nodes/cluster.key", String::new(), "it has 0 keys"),
        (
            "nodes/cluster.key",
            "node:12\n".to_owned(),
            "line 1 is no key",
        ),
        ("nodes/cluster.key", pass.clone(), "it holds passes"),
        (
            "nodes/namespaces",
            "one=\n".to_owned(),
            "line 1 takes namespaces",
        ),
        (
            "outside/client.key",
            pass.clone(),
            "it is no pass of a client",
        ),
        (
            "outside/admin.key",
            pass,
            "it is a pass for none of the keys",
        ),
        (
            "outside/admin.key",
            of_others(others.nodes(CLUSTER_KEY)),
            "it is no pass of an administrator",
        ),
        (
            "outside/namespaces",
            of_others(others.nodes(NAMESPACES)),
            "it has another key of the namespace \"one\"",
        ),
    ] {
        let places = Places::new();
        places.provision(&["one"]).expect("it is made");
        let file = places.root.path().join(path);
        fs::write(&file, &text).expect("it is there");
        let refused = places.provision(&["one"]).expect_err("it is broken");
        assert!(refused.contains(&format!("{path}: {why}")), "{refused}");
        assert_eq!(fs::read_to_string(&file).expect("it is there"), text);
    }
}

#[test]
fn whoever_does_it_at_the_same_time_ends_with_the_same() {
    let places = Places::new();
    let told: Vec<_> = std::thread::scope(|scope| {
        let all = [(); 8].map(|()| scope.spawn(|| places.provision(&["one", "two"])));
        let all = all.map(|one| one.join().expect("it does not panic"));
        all.into_iter()
            .map(|told| told.expect("it is made"))
            .collect()
    });
    let lines = || told.iter().flatten();
    let made = lines().filter(|line| line.starts_with("made ")).count();
    let kept = lines().filter(|line| line.starts_with("kept ")).count();
    assert_eq!((made, kept), (5, 7 * 5), "{told:?}");
    assert_eq!(places.contents().len(), 5, "no draft is left");
}

#[test]
fn what_an_interruption_has_left_does_no_harm() {
    let places = Places::new();
    fs::create_dir(places.nodes("")).expect("there is room");
    fs::write(places.nodes(".raptor-draft-x1"), "node:12").expect("there is room");
    assert_eq!(places.provision(&["one"]).expect("it is made").len(), 5);
}
